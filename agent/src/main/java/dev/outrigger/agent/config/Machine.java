package dev.outrigger.agent.config;

import dev.outrigger.agent.cgroup.Cgroup;
import dev.outrigger.agent.envoy.EarlyEnvoy;
import dev.outrigger.agent.notify.NotifyConfig;
import dev.outrigger.agent.proc.ProcFile;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;

/// What the agent finds where it runs. The only place that reads the environment.
///
/// @param environment its variables
/// @param hostName the kernel's name of this machine or container
/// @param cgroup the limits it runs under
public record Machine(Map<String, String> environment, String hostName, Cgroup cgroup) {
    /// Copies the map.
    public Machine {
        environment = Map.copyOf(environment);
    }

    /// One without limits.
    public Machine(Map<String, String> environment, String hostName) {
        this(environment, hostName, Cgroup.none());
    }

    /// This machine.
    public static Machine here() {
        return new Machine(System.getenv(), kernelName(), Cgroup.of(Path.of("/")));
    }

    private static String kernelName() {
        try {
            return ProcFile.read(Path.of("/proc/sys/kernel/hostname")).strip();
        } catch (IOException e) {
            return "localhost";
        }
    }

    /// The first executable of that name on PATH.
    public Optional<Path> onPath(String name) {
        for (var folder : environment.getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
            var file = Path.of(folder, name);
            if (!folder.isEmpty() && Files.isExecutable(file)) {
                return Optional.of(file);
            }
        }
        return Optional.empty();
    }

    /// Whether this JVM started from an archive of classes: false when it was told to use an AOT cache and could
    /// not, as the cache is damaged, or was made by another Java or with other options.
    public static boolean usesClassArchive() {
        return System.getProperty("java.vm.info", "").contains("sharing");
    }

    /// When the launcher began; this process' start without one.
    public Instant launched() {
        var seconds = environment.getOrDefault("OUTRIGGER_LAUNCHED", "");
        if (seconds.matches("\\d{1,12}[.,]\\d{6}")) {
            var point = seconds.length() - 7;
            return Instant.ofEpochSecond(Long.parseLong(seconds.substring(0, point)))
                    .plus(Long.parseLong(seconds.substring(point + 1)), ChronoUnit.MICROS);
        }
        return ProcessHandle.current().info().startInstant().orElse(Instant.EPOCH);
    }

    /// The Envoy that the launcher started early; empty when it did not.
    public Optional<EarlyEnvoy> earlyEnvoy() {
        return EarlyEnvoy.of(environment.getOrDefault("OUTRIGGER_EARLY_ENVOY", ""));
    }

    /// The service manager that started this process and wants to hear from it. Source: sd_notify(3),
    /// sd_watchdog_enabled(3).
    public Optional<NotifyConfig> serviceManager() {
        var socket = environment.getOrDefault("NOTIFY_SOCKET", "");
        return socket.isEmpty() ? Optional.empty() : Optional.of(new NotifyConfig(socket, watchdog()));
    }

    private Optional<Duration> watchdog() {
        var microseconds = environment.getOrDefault("WATCHDOG_USEC", "");
        var pid = environment.getOrDefault("WATCHDOG_PID", "");
        var isMeant = pid.isEmpty()
                || pid.equals(Long.toString(ProcessHandle.current().pid()));
        return isMeant && microseconds.matches("[1-9]\\d{0,15}")
                ? Optional.of(Duration.of(Long.parseLong(microseconds), ChronoUnit.MICROS))
                : Optional.empty();
    }

    /// Where Outrigger lies, as its launcher says; the current folder without one.
    public Path home() {
        return Path.of(environment.getOrDefault("OUTRIGGER_HOME", "."));
    }

    /// What `outrigger dev` runs unless told otherwise. Relative when it is below the current folder, for short
    /// messages.
    public Path example() {
        var here = Path.of("").toAbsolutePath();
        var file = home().toAbsolutePath().normalize().resolve("examples/hello.yaml");
        return file.startsWith(here) ? here.relativize(file) : file;
    }
}
