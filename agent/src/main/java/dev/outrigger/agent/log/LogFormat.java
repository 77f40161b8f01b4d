package dev.outrigger.agent.log;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/// How a record becomes a line. Both forms are one line a record, whatever the message holds.
public enum LogFormat {
    /// `2026-11-24T02:11:33.123Z INFO  xds  connected`.
    TEXT {
        @Override
        String line(Instant at, System.Logger.Level level, String scope, String message) {
            return "%s %-5s %-6s %s".formatted(text(at), nameOf(level), scope, message.replace("\n", "\n    "));
        }
    },
    /// `{"time":"…","level":"info","scope":"xds","message":"connected"}`.
    JSON {
        @Override
        String line(Instant at, System.Logger.Level level, String scope, String message) {
            return dev.outrigger.bootstrap.Json.object()
                    .put("time", text(at))
                    .put("level", nameOf(level).toLowerCase(java.util.Locale.ROOT))
                    .put("scope", scope)
                    .put("message", message)
                    .compact();
        }
    };

    abstract String line(Instant at, System.Logger.Level level, String scope, String message);

    /// ISO 8601 in UTC, always with three digits of milliseconds, so that columns line up.
    private static String text(Instant at) {
        var text = at.truncatedTo(ChronoUnit.MILLIS).toString();
        return text.indexOf('.') < 0 ? text.substring(0, text.length() - 1) + ".000Z" : text;
    }

    private static String nameOf(System.Logger.Level level) {
        return level == System.Logger.Level.WARNING ? "WARN" : level.name();
    }
}
