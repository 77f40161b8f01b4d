package dev.outrigger.agent.cli;

import dev.outrigger.agent.config.Machine;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/// What stands behind `run`.
///
/// @param settings before `--`
/// @param application the command behind it; empty without one
record Invocation(List<String> settings, List<String> application) {
    private static final String END = "--";

    /// Could be found and not be run, as shells have it.
    static final int NOT_RUNNABLE = 126;

    /// Could not be found, as shells have it.
    static final int NOT_FOUND = 127;

    static Invocation of(List<String> arguments) {
        var end = arguments.indexOf(END);
        return end < 0
                ? new Invocation(arguments, List.of())
                : new Invocation(arguments.subList(0, end), List.copyOf(arguments.subList(end + 1, arguments.size())));
    }

    /// Whether `--` ends the settings and nothing follows.
    static boolean isIncomplete(List<String> arguments) {
        return arguments.indexOf(END) == arguments.size() - 1 && !arguments.isEmpty();
    }

    /// Why the application could not be run.
    ///
    /// @return 0 when nothing speaks against it, else the status to end with
    int problem(Machine machine) {
        var name = application.getFirst();
        if (name.contains("/")) {
            var file = Path.of(name);
            return !Files.exists(file) ? NOT_FOUND : isRunnable(file) ? 0 : NOT_RUNNABLE;
        }
        var candidates = Arrays.stream(
                        machine.environment().getOrDefault("PATH", "").split(File.pathSeparator))
                .filter(folder -> !folder.isEmpty())
                .map(folder -> Path.of(folder, name))
                .filter(Files::exists)
                .toList();
        return candidates.isEmpty()
                ? NOT_FOUND
                : candidates.stream().anyMatch(Invocation::isRunnable) ? 0 : NOT_RUNNABLE;
    }

    private static boolean isRunnable(Path file) {
        return Files.isRegularFile(file) && Files.isExecutable(file);
    }
}
