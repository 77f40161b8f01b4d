package dev.outrigger.agent.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `outrigger log`.
@Command(
        name = "log",
        mixinStandardHelpOptions = true,
        exitCodeOnInvalidInput = Cli.USAGE,
        description = {
            "Shows the log levels of a running agent and its Envoy, or changes both for a while. A change ends by itself, and"
                    + " holds for an Envoy that is started again meanwhile.",
            ""
        },
        footer = {
            "",
            "  outrigger log                          what they are now, and until when",
            "  outrigger log debug                    both, for five minutes",
            "  outrigger log trace --for 30s --envoy-only",
            "  outrigger log reset                    back to log-level and envoy-log-level now",
            "",
            "Exit status: 0 done, 1 no agent there, 64 wrong usage."
        })
final class LogCommand implements Callable<Integer> {
    @Mixin
    private final AgentOptions options = new AgentOptions();

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "LEVEL",
            description = "trace, debug, info, warn, error, critical (Envoy's), off, or reset")
    private @Nullable String level;

    @Option(
            names = "--for",
            paramLabel = "DURATION",
            description = "how long, at most a day (default ${DEFAULT-VALUE})")
    private String time = "5m";

    @ArgGroup
    private final Which which = new Which();

    @Option(names = "--json", description = "as JSON")
    private boolean json;

    /// Whose log.
    private static final class Which {
        @Option(names = "--agent-only", description = "leave Envoy's alone")
        private boolean agent;

        @Option(names = "--envoy-only", description = "leave the agent's alone")
        private boolean envoy;
    }

    @Override
    public Integer call() throws IOException {
        if (level == null) {
            return options.show("GET", "/debug/log", json);
        }
        var of = which.agent ? "&of=agent" : which.envoy ? "&of=envoy" : "";
        return options.show(
                "POST",
                "/debug/log?level=" + AgentOptions.encoded(level) + "&for=" + AgentOptions.encoded(time) + of,
                json);
    }
}
