package dev.outrigger.agent.cli;

import java.io.IOException;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `outrigger request`.
@Command(
        name = "request",
        mixinStandardHelpOptions = true,
        exitCodeOnInvalidInput = Cli.USAGE,
        description = "Asks Envoy's admin interface, or the agent itself, where there is no curl.",
        footer = {
            "",
            "  outrigger request GET /clusters",
            "  outrigger request GET config_dump",
            "  outrigger request POST /logging?level=debug",
            "  outrigger request --agent GET /stats/prometheus",
            "",
            "Exit status: 0 for an answer below 400, else 1."
        })
final class RequestCommand implements Callable<Integer> {
    @Mixin
    private final AgentOptions options = new AgentOptions();

    @Option(names = "--agent", description = "ask the agent's status server instead of Envoy")
    private boolean agent;

    @Parameters(index = "0", paramLabel = "METHOD", description = "GET or POST")
    private String method = "GET";

    @Parameters(index = "1", paramLabel = "PATH", description = "with or without its leading slash")
    private String path = "/";

    @Override
    public Integer call() throws IOException {
        var asked = agent ? options.agent() : options.envoy();
        var answer = asked.ask(method.toUpperCase(Locale.ROOT), path.startsWith("/") ? path : "/" + path, "*/*");
        System.out.print(answer.body());
        if (answer.status() >= 400) {
            System.err.println("outrigger: status " + answer.status());
            return Cli.FAILED;
        }
        return Cli.OK;
    }
}
