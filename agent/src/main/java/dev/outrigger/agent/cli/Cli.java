package dev.outrigger.agent.cli;

import dev.outrigger.agent.config.ConfigException;
import dev.outrigger.agent.stop.Ending;
import java.io.IOException;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;

/// Picks the command. Those that take settings read them by the same table as the environment and the file; `run`
/// gets there without loading the command line library, which would cost it a tenth of its start.
public final class Cli {
    /// Done.
    static final int OK = 0;

    /// Could not be done.
    static final int FAILED = 1;

    /// Not understood (sysexits.h, EX_USAGE).
    static final int USAGE = 64;

    private Cli() {}

    /// Runs one command to its end.
    ///
    /// @return exit status
    public static int run(String[] arguments, Ending ending) {
        var all = List.of(arguments);
        if (asksForHelp(all)) {
            return PicocliCommands.execute(arguments);
        }
        var tail = all.isEmpty() ? all : all.subList(1, all.size());
        try {
            return switch (all.isEmpty() ? "help" : all.getFirst()) {
                case "run" -> new RunCommand(ending).run(tail);
                case "dev" -> new DevCommand(ending).run(tail);
                case "train" -> new TrainCommand().run(tail);
                case "config" -> new ConfigCommand(System.out).run(tail);
                case "bootstrap" -> new BootstrapCommand(System.out).run(tail);
                default -> PicocliCommands.execute(arguments);
            };
        } catch (ConfigException e) {
            return complain(System.err, e.problems(), USAGE);
        } catch (IOException e) {
            return complain(System.err, List.of(String.valueOf(e.getMessage())), FAILED);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return complain(System.err, List.of("interrupted"), FAILED);
        }
    }

    private static boolean asksForHelp(List<String> arguments) {
        return arguments.isEmpty()
                || Invocation.of(arguments).settings().stream()
                        .anyMatch(a -> List.of("--help", "-h", "help").contains(a));
    }

    static int complain(PrintStream err, List<String> problems, int status) {
        problems.forEach(problem -> err.println("outrigger: " + problem));
        return status;
    }

    /// All but the first.
    static List<String> rest(List<String> arguments) {
        return arguments.isEmpty()
                ? arguments
                : Arrays.asList(arguments.toArray(String[]::new)).subList(1, arguments.size());
    }
}
