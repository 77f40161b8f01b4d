package dev.outrigger.agent.config;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/// What the agent finds where it runs. The only place that reads the environment.
///
/// @param environment its variables
/// @param hostName the kernel's name of this machine or container
public record Machine(Map<String, String> environment, String hostName) {
    /// Copies the map.
    public Machine {
        environment = Map.copyOf(environment);
    }

    /// This machine.
    public static Machine here() {
        return new Machine(System.getenv(), kernelName());
    }

    private static String kernelName() {
        try {
            return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
        } catch (IOException e) {
            return "localhost";
        }
    }

    /// The first executable of that name on PATH.
    public Optional<Path> onPath(String name) {
        return Arrays.stream(environment.getOrDefault("PATH", "").split(File.pathSeparator))
                .filter(folder -> !folder.isEmpty())
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /// A folder of this user alone for things that need not outlive the machine's uptime.
    public Path scratch() {
        var runtime = environment.get("XDG_RUNTIME_DIR");
        if (runtime != null && Files.isWritable(Path.of(runtime))) {
            return Path.of(runtime, "outrigger");
        }
        return Path.of(
                environment.getOrDefault("TMPDIR", "/tmp"), "outrigger-" + environment.getOrDefault("USER", "0"));
    }
}
