package dev.outrigger.agent.cli;

import dev.outrigger.agent.config.ConfigException;
import dev.outrigger.agent.config.ConfigParser;
import dev.outrigger.agent.config.Machine;
import dev.outrigger.agent.config.Settings;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;

/// `outrigger config`: every setting, its value and who gave it; then whatever keeps `run` from starting with them.
final class ConfigCommand {
    private final PrintStream out;

    ConfigCommand(PrintStream out) {
        this.out = out;
    }

    int run(List<String> arguments) throws ConfigException {
        var machine = Machine.here();
        var settings = Settings.read(arguments, machine.environment(), Map.of());
        ConfigParser.explain(settings).forEach(out::println);
        ConfigParser.forRun(settings, machine);
        return Cli.OK;
    }
}
