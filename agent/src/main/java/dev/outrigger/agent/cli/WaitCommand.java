package dev.outrigger.agent.cli;

import java.io.IOException;
import java.time.Duration;
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

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            converter = TimeConverter.class,
            description = "longest wait, in seconds or for example 90s or 2m (default 60)")
    private Duration timeout = Duration.ofMinutes(1);

    private final InstantSource clock = InstantSource.system();
    private final CountDownLatch never = new CountDownLatch(1);

    @Override
    public Integer call() throws IOException, InterruptedException {
        var agent = options.agent();
        var end = clock.instant().plus(timeout);
        var spoke = clock.instant();
        while (true) {
            var left = Math.max(0, Duration.between(clock.instant(), end).toMillis());
            var missing = missing(agent, Math.min(left, PATIENCE.toMillis()));
            if (missing.isEmpty()) {
                return Cli.OK;
            }
            var now = clock.instant();
            if (!now.isBefore(end)) {
                System.err.println("outrigger: not ready within " + TimeConverter.text(timeout) + ": " + missing);
                return Cli.FAILED;
            }
            if (Duration.between(spoke, now).compareTo(PATIENCE) >= 0) {
                spoke = now;
                System.err.println("outrigger: still waiting: " + missing);
            }
            never.await(PACE_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    /// Held by the agent until it is ready or the time is over; at once when no agent is there.
    private static String missing(AgentOptions.Asked agent, long millis) {
        try {
            var answer = agent.ask("GET", "/healthz/wait?timeout=" + millis + "ms", "text/plain");
            return answer.status() == 200 ? "" : answer.body().strip().replace("\n", "; ");
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
    }
}
