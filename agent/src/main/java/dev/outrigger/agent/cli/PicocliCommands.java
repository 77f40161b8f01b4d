package dev.outrigger.agent.cli;

import dev.outrigger.agent.config.Group;
import dev.outrigger.agent.config.Setting;
import dev.outrigger.agent.config.Spelling;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/// The commands with options of their own, and the help of all.
final class PicocliCommands {
    private static final Set<String> WITH_SETTINGS = Set.of("run", "dev", "config", "envoy", "grpc");

    private PicocliCommands() {}

    static int execute(String[] arguments) {
        return line().execute(arguments);
    }

    static CommandLine line() {
        var line = new CommandLine(new Root());
        addSettings(line);
        line.setUsageHelpAutoWidth(true);
        line.setExecutionExceptionHandler((e, _, _) -> {
            System.err.println("outrigger: " + e.getMessage());
            return Cli.FAILED;
        });
        var others = line.getParameterExceptionHandler();
        line.setParameterExceptionHandler((e, given) -> {
            var unknown = unknownCommand(e);
            if (unknown.isEmpty()) {
                return others.handleParseException(e, given);
            }
            e.getCommandLine().getErr().println("outrigger: " + unknown);
            return e.getCommandLine().getCommandSpec().exitCodeOnInvalidInput();
        });
        return line;
    }

    /// Empty when something else is wrong.
    private static String unknownCommand(ParameterException e) {
        var commands = e.getCommandLine().getSubcommands().keySet();
        if (commands.isEmpty() || !(e instanceof UnmatchedArgumentException unmatched) || unmatched.isUnknownOption()) {
            return "";
        }
        var word = unmatched.getUnmatched().getFirst();
        var name = e.getCommandLine().getCommandSpec().qualifiedName();
        return Spelling.nearest(word, commands, 2)
                        .map(one -> "there is no command '" + word + "'; did you mean " + name + " " + one + "? ")
                        .orElse("there is no command '" + word + "'; ")
                + name + " --help lists all";
    }

    private static void addSettings(CommandLine line) {
        line.getSubcommands().forEach((name, command) -> {
            if (WITH_SETTINGS.contains(name)) {
                addSettings(command.getCommandSpec());
            }
            addSettings(command);
        });
    }

    /// One option a setting, so that help and completion know them.
    private static void addSettings(CommandSpec command) {
        command.usageMessage().abbreviateSynopsis(true);
        for (var group : Group.values()) {
            var options = ArgGroupSpec.builder()
                    .heading("%n" + group.title() + "%n")
                    .validate(false)
                    .exclusive(false);
            for (var setting : Setting.values()) {
                if (setting.group() == group) {
                    options.addArg(option(setting));
                }
            }
            command.addArgGroup(options.build());
        }
    }

    private static OptionSpec option(Setting setting) {
        var shape = setting.shape();
        var fallback = setting.fallback().isEmpty() || shape.isFlag() ? "" : " (default " + setting.fallback() + ")";
        var repeat = shape.isRepeatable() ? "; may be repeated" : "";
        var option = OptionSpec.builder(setting.flag())
                .description((setting.help() + fallback + repeat).replace("%", "%%"))
                .type(shape.isFlag() ? boolean.class : String[].class);
        return shape.isFlag()
                ? option.build()
                : option.paramLabel(shape.hint()).arity("1").build();
    }
}
