package dev.outrigger.agent.config;

import dev.outrigger.agent.cgroup.EnvoyShare;
import dev.outrigger.agent.crash.CrashConfig;
import dev.outrigger.agent.envoy.EnvoyConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/// The settings of how Envoy is run.
final class EnvoySettings {
    private final Reader read;
    private final Machine machine;
    private final Path workDir;

    EnvoySettings(Reader read, Machine machine, Path workDir) {
        this.read = read;
        this.machine = machine;
        this.workDir = workDir;
    }

    void require() {
        if (read.isOn(Setting.NO_ENVOY)) {
            return;
        }
        var given = read.path(Setting.ENVOY_PATH);
        if (given.isEmpty() && machine.onPath("envoy").isEmpty()) {
            read.problem(
                    "envoy-path: not set, and no envoy on PATH; install Envoy, set --envoy-path, or give --no-envoy");
        } else if (given.isPresent() && !Files.isExecutable(given.get())) {
            read.problem(Setting.ENVOY_PATH, "no executable file; give the path of an Envoy binary");
        }
    }

    EnvoyConfig config() {
        return new EnvoyConfig(
                read.path(Setting.ENVOY_PATH).or(() -> machine.onPath("envoy")).orElse(Path.of("envoy")),
                machine.onPath("setpriv"),
                machine.onPath("setsid"),
                workDir.resolve("envoy-bootstrap.json"),
                read.address(Setting.ADMIN_ADDRESS),
                concurrency(),
                read.text(Setting.ENVOY_LOG_LEVEL),
                read.texts(Setting.ENVOY_ARGUMENT),
                read.duration(Setting.DRAIN_MAX),
                read.number(Setting.ENVOY_RESTARTS),
                read.duration(Setting.ENVOY_RESTART_WINDOW));
    }

    /// Bytes near which Envoy sheds load.
    OptionalLong heap() {
        return switch (read.text(Setting.ENVOY_HEAP_LIMIT)) {
            case "auto" -> EnvoyShare.heap(machine.cgroup().memoryLimit());
            case "off" -> OptionalLong.empty();
            default -> OptionalLong.of(read.size(Setting.ENVOY_HEAP_LIMIT));
        };
    }

    CrashConfig crash() {
        return new CrashConfig(
                read.path(Setting.CRASH_DIR, workDir.resolve("crashes")), read.number(Setting.CRASH_KEEP));
    }

    private int concurrency() {
        var given = read.number(Setting.ENVOY_CONCURRENCY);
        return given > 0 ? given : EnvoyShare.threads(machine.cgroup().cpuLimit());
    }
}
