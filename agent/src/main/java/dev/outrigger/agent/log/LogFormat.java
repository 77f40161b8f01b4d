package dev.outrigger.agent.log;

import java.time.Instant;

/// How a record becomes a line. Both forms are one line a record, whatever the message holds.
public enum LogFormat {
    /// `2026-11-24T02:11:33.123Z INFO  xds  connected`.
    TEXT {
        @Override
        String line(Instant at, System.Logger.Level level, String scope, String message) {
            return "%s %-5s %-6s %s".formatted(at, nameOf(level), scope, message.replace("\n", "\n    "));
        }
    },
    /// `{"time":"…","level":"info","scope":"xds","message":"connected"}`.
    JSON {
        @Override
        String line(Instant at, System.Logger.Level level, String scope, String message) {
            return dev.outrigger.bootstrap.Json.object()
                    .put("time", at.toString())
                    .put("level", nameOf(level).toLowerCase(java.util.Locale.ROOT))
                    .put("scope", scope)
                    .put("message", message)
                    .compact();
        }
    };

    abstract String line(Instant at, System.Logger.Level level, String scope, String message);

    private static String nameOf(System.Logger.Level level) {
        return level == System.Logger.Level.WARNING ? "WARN" : level.name();
    }
}
