package dev.outrigger.agent.envoy;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// How Envoy is run.
///
/// @param executable Envoy's binary
/// @param setpriv util-linux' `setpriv`, with which Envoy is bound to the life of the agent; a guarding shell is used
/// without
/// @param setsid util-linux' `setsid`, which keeps the terminal's Ctrl-C away from Envoy: it has to drain first
/// @param bootstrapFile where the bootstrap lies
/// @param admin Envoy's admin interface
/// @param concurrency worker threads; 0 leaves it to Envoy
/// @param logLevel Envoy's own name of the level
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
    List<String> command() {
        var command = new java.util.ArrayList<String>(List.of(
                executable.toString(),
                "--config-path",
                bootstrapFile.toString(),
                "--log-level",
                logLevel,
                "--log-format",
                EnvoyLog.FORMAT,
                "--disable-hot-restart",
                "--drain-strategy",
                "immediate",
                "--drain-time-s",
                Long.toString(Math.max(1, drainTime.toSeconds()))));
        if (concurrency > 0) {
            command.addAll(List.of("--concurrency", Integer.toString(concurrency)));
        }
        command.addAll(arguments);
        return List.copyOf(command);
    }
}
