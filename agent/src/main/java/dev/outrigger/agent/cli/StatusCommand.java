package dev.outrigger.agent.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `outrigger status`.
@Command(
        name = "status",
        mixinStandardHelpOptions = true,
        exitCodeOnInvalidInput = Cli.USAGE,
        description = "Shows what a running agent knows of itself: readiness with reasons, Envoy, xDS, identity, DNS.",
        footer = {"", "Exit status: 0 ready, 1 not ready or no agent there."})
final class StatusCommand implements Callable<Integer> {
    @Mixin
    private final AgentOptions options = new AgentOptions();

    @Option(names = "--json", description = "as JSON")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        var answer = options.agent().ask("GET", "/debug/status", json ? "application/json" : "text/plain");
        System.out.print(answer.body());
        return answer.status() == 200 ? Cli.OK : Cli.FAILED;
    }
}
