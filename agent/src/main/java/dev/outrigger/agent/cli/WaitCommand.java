package dev.outrigger.agent.cli;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `outrigger wait`.
@Command(
        name = "wait",
        mixinStandardHelpOptions = true,
        exitCodeOnInvalidInput = Cli.USAGE,
        description = "Waits until the agent is ready; says every 15 s what it waits for.",
        footer = {"", "Exit status: 0 ready, 1 not ready in time."})
final class WaitCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofSeconds(15);
    private static final int PACE_MILLIS = 50;

    @Mixin
    private final AgentOptions options = new AgentOptions();

    @Option(names = "--timeout", paramLabel = "SECONDS", description = "longest wait (default ${DEFAULT-VALUE})")
    private int timeout = 60;

    private final InstantSource clock = InstantSource.system();
    private final CountDownLatch never = new CountDownLatch(1);

    @Override
    public Integer call() throws IOException, InterruptedException {
        var agent = options.agent();
        var started = clock.instant();
        var spoke = started;
        while (true) {
            var missing = missing(agent);
            if (missing.isEmpty()) {
                return Cli.OK;
            }
            var now = clock.instant();
            if (isOver(started, now)) {
                System.err.println("outrigger: not ready within " + timeout + " s: " + missing);
                return Cli.FAILED;
            }
            if (Duration.between(spoke, now).compareTo(PATIENCE) >= 0) {
                spoke = now;
                System.err.println("outrigger: still waiting: " + missing);
            }
            never.await(PACE_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    private boolean isOver(Instant started, Instant now) {
        return Duration.between(started, now).compareTo(Duration.ofSeconds(timeout)) >= 0;
    }

    private static String missing(AgentOptions.Asked agent) {
        try {
            var answer = agent.ask("GET", "/healthz/ready", "text/plain");
            return answer.status() == 200 ? "" : answer.body().strip().replace("\n", "; ");
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
    }
}
