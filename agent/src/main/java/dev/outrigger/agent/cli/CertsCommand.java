package dev.outrigger.agent.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `outrigger certs`.
@Command(
        name = "certs",
        mixinStandardHelpOptions = true,
        exitCodeOnInvalidInput = Cli.USAGE,
        description =
                "Shows the workload identity that a running agent serves: who, since when, until when, from where.",
        footer = {"", "Exit status: 0 valid, 1 expired, none yet, or no agent there."})
final class CertsCommand implements Callable<Integer> {
    @Mixin
    private final AgentOptions options = new AgentOptions();

    @Option(names = "--json", description = "as JSON")
    private boolean json;

    @Option(names = "--rotate", description = "first ask the source for a new certificate, and wait until it is served")
    private boolean rotate;

    @Override
    public Integer call() throws IOException {
        if (rotate) {
            var rotated = options.agent().ask("POST", "/debug/certs/rotate", "text/plain");
            System.err.print(rotated.body());
            if (rotated.status() != 200) {
                return Cli.FAILED;
            }
        }
        var answer = options.agent().ask("GET", "/debug/certs", json ? "application/json" : "text/plain");
        System.out.print(answer.body());
        return answer.status() == 200 ? Cli.OK : Cli.FAILED;
    }
}
