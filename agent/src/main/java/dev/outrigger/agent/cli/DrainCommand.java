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

/// `outrigger drain`.
@Command(
        name = "drain",
        mixinStandardHelpOptions = true,
        exitCodeOnInvalidInput = Cli.USAGE,
        description = {
            "Has a running agent fail its readiness and drain what is inbound; outbound goes on. For a preStop hook.",
            "",
            "A SIGTERM after it ends the agent as soon as nothing inbound is in flight."
        },
        footer = {
            "",
            "  outrigger drain --wait          returns when it is drained",
            "  outrigger drain --exit --wait   returns when the agent has ended",
            "",
            "Exit status: 0 done, 1 not in time or no agent there."
        })
final class DrainCommand implements Callable<Integer> {
    private static final int ROUND_SECONDS = 20;
    private static final int PACE_MILLIS = 50;

    @Mixin
    private final AgentOptions options = new AgentOptions();

    @Option(names = "--exit", description = "the agent ends after it")
    private boolean exit;

    @Option(names = "--wait", description = "wait until it is over")
    private boolean wait;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            converter = TimeConverter.class,
            description = "longest wait, in seconds or for example 90s or 2m (default 120)")
    private Duration timeout = Duration.ofMinutes(2);

    private final InstantSource clock = InstantSource.system();
    private final CountDownLatch never = new CountDownLatch(1);

    @Override
    public Integer call() throws IOException, InterruptedException {
        var agent = options.agent();
        var end = clock.instant().plus(timeout);
        if (exit) {
            var answer = agent.ask("POST", "/quitquitquit", "text/plain");
            System.out.print(answer.body());
            return answer.status() == 200 ? ended(agent, end) : Cli.FAILED;
        }
        while (true) {
            var left = Duration.between(clock.instant(), end).toSeconds();
            var round = wait ? Math.clamp(left, 0, ROUND_SECONDS) : 0;
            var answer = agent.ask("POST", "/drain?wait=" + round + "s", "text/plain");
            if (answer.status() != 504 || left <= 0) {
                System.out.print(answer.body());
                return answer.status() == 200 ? Cli.OK : Cli.FAILED;
            }
        }
    }

    private int ended(AgentOptions.Asked agent, java.time.Instant end) throws InterruptedException {
        if (!wait) {
            return Cli.OK;
        }
        while (clock.instant().isBefore(end)) {
            try {
                agent.ask("GET", "/healthz/live", "text/plain");
            } catch (IOException _) {
                return Cli.OK;
            }
            never.await(PACE_MILLIS, TimeUnit.MILLISECONDS);
        }
        System.err.println("outrigger: the agent has not ended within " + TimeConverter.text(timeout)
                + "; outrigger status tells what it waits for");
        return Cli.FAILED;
    }
}
