package dev.outrigger.agent.envoy;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// How Envoy is run.
///
/// @param executable Envoy's binary
/// @param setpriv util-linux' `setpriv`, with which Envoy is bound to the life of the agent; a guarding shell is
///     used without
/// @param setsid util-linux' `setsid`, which keeps the terminal's Ctrl-C away from Envoy: it has to drain first
/// @param bootstrapFile where the bootstrap lies
/// @param admin Envoy's admin interface
/// @param concurrency worker threads; 0: as many as there are cores that it may use
/// @param logLevel at the agent's start; Envoy's own name of the level
/// @param arguments further arguments, last on its command line
/// @param drainTime how long a graceful drain of Envoy lasts
/// @param restarts crashes within `restartWindow` that are healed
/// @param restartWindow see `restarts`
public record EnvoyConfig(
        Path executable,
        Optional<Path> setpriv,
        Optional<Path> setsid,
        Path bootstrapFile,
        InetSocketAddress admin,
        int concurrency,
        String logLevel,
        List<String> arguments,
        Duration drainTime,
        int restarts,
        Duration restartWindow) {
    /// Copies the list.
    public EnvoyConfig {
        arguments = List.copyOf(arguments);
    }

    /// Envoy's command line.
    ///
    /// @param level of its log
    List<String> command(String level) {
        return command(level, bootstrapFile);
    }

    /// @param bootstrap from where it reads its bootstrap
    List<String> command(String level, Path bootstrap) {
        var command = new java.util.ArrayList<String>(List.of(
                executable.toString(),
                "--config-path",
                bootstrap.toString(),
                "--log-level",
                level,
                "--log-format",
                EnvoyLog.FORMAT,
                "--disable-hot-restart",
                "--drain-strategy",
                "immediate",
                "--drain-time-s",
                Long.toString(Math.max(1, drainTime.toSeconds()))));
        if (!setsConcurrency()) { // which Envoy takes once only
            // Without a number an older Envoy counts cores that it may not use.
            int threads = concurrency > 0 ? concurrency : Runtime.getRuntime().availableProcessors();
            command.add("--concurrency");
            command.add(Integer.toString(threads));
        }
        command.addAll(arguments);
        return List.copyOf(command);
    }

    private boolean setsConcurrency() {
        for (var argument : arguments) {
            if (argument.equals("--concurrency") || argument.startsWith("--concurrency=")) {
                return true;
            }
        }
        return false;
    }
}
