package dev.outrigger.agent.cli;

import dev.outrigger.agent.config.Group;
import dev.outrigger.agent.config.Setting;
import dev.outrigger.agent.config.Spelling;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
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
        line.setParameterExceptionHandler((e, _) -> {
            e.getCommandLine().getErr().println("outrigger: " + reason(e));
            return e.getCommandLine().getCommandSpec().exitCodeOnInvalidInput();
        });
        return line;
    }

    /// The answer to one who names a command that has commands of its own, and none of these.
    static int withoutCommand(@Nullable CommandSpec spec) {
        if (spec != null) {
            var line = spec.commandLine();
            line.usage(line.getErr());
            if (spec.parent() != null) {
                line.getErr()
                        .println("outrigger: " + spec.qualifiedName() + " needs one of "
                                + String.join(", ", spec.subcommands().keySet()));
            }
        }
        return Cli.USAGE;
    }

    /// In one line: what is wrong, what may be meant, and where to look.
    private static String reason(ParameterException e) {
        var spec = e.getCommandLine().getCommandSpec();
        var name = spec.qualifiedName();
        var help = name + " --help shows what there is";
        if (!(e instanceof UnmatchedArgumentException unmatched)) {
            return sentence(String.valueOf(e.getMessage())) + "; " + help;
        }
        var word = unmatched.getUnmatched().getFirst();
        if (unmatched.isUnknownOption()) {
            var options =
                    word.startsWith("--") ? spec.optionsMap().keySet() : Set.<String>of(); // any letter is near another
            return "unknown argument " + word + meant(word.replaceFirst("=.*", ""), options, "") + help;
        }
        var commands = spec.subcommands().keySet();
        return commands.isEmpty()
                ? "unexpected argument '" + word + "'; " + help
                : "there is no command '" + word + "'" + meant(word, commands, name + " ") + name + " --help lists all";
    }

    private static String meant(String word, Set<String> known, String before) {
        return Spelling.nearest(word, known, 2)
                .map(one -> "; did you mean " + before + one + "? ")
                .orElse("; ");
    }

    /// The library's message: its first line, in our form.
    private static String sentence(String message) {
        var line = message.lines().findFirst().orElse("wrong usage").replaceFirst("^Error: ", "");
        return line.substring(0, 1).toLowerCase(Locale.ROOT) + line.substring(1);
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
