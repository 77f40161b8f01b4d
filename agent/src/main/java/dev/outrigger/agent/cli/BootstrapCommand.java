package dev.outrigger.agent.cli;

import dev.outrigger.agent.config.ConfigException;
import dev.outrigger.agent.config.ConfigParser;
import dev.outrigger.agent.config.Machine;
import dev.outrigger.agent.config.Settings;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;

/// `outrigger bootstrap envoy|grpc`: what `run` would write.
final class BootstrapCommand {
    private final PrintStream out;

    BootstrapCommand(PrintStream out) {
        this.out = out;
    }

    int run(List<String> arguments) throws ConfigException {
        var kind = arguments.isEmpty() ? "" : arguments.getFirst();
        if (!List.of("envoy", "grpc").contains(kind)) {
            throw new ConfigException(
                    List.of("bootstrap: say which: outrigger bootstrap envoy, or outrigger bootstrap grpc"));
        }
        var machine = Machine.here();
        var settings = Settings.read(Cli.rest(arguments), machine.environment(), Map.of());
        var bootstraps = ConfigParser.bootstraps(settings, machine);
        var json = kind.equals("envoy")
                ? bootstraps.envoy().toJson()
                : bootstraps.grpc().toJson();
        out.println(json.pretty());
        return Cli.OK;
    }
}
