package dev.outrigger.agent.log;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;

/// How a record becomes a line. Both forms are one line a record, whatever the message holds.
public enum LogFormat {
    /// `2026-11-24T02:11:33.123Z INFO  xds  connected`.
    TEXT {
        @Override
        String line(Instant at, System.Logger.Level level, String scope, String message) {
            var line = new StringBuilder(64 + message.length()).append(text(at)).append(' ');
            padded(line, nameOf(level), LEVEL).append(' ');
            return padded(line, scope, SCOPE)
                    .append(' ')
                    .append(message.replace("\n", "\n    "))
                    .toString();
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

    private static final int LEVEL = 5;
    private static final int SCOPE = 6;

    abstract String line(Instant at, System.Logger.Level level, String scope, String message);

    /// ISO 8601 in UTC, always with three digits of milliseconds, so that columns line up. By hand: the
    /// formatters of the JDK take 2 ms to initialise.
    private static String text(Instant at) {
        var time = LocalDateTime.ofEpochSecond(at.getEpochSecond(), at.getNano(), ZoneOffset.UTC);
        var text = new StringBuilder(24);
        digits(text, time.getYear(), 4).append('-');
        digits(text, time.getMonthValue(), 2).append('-');
        digits(text, time.getDayOfMonth(), 2).append('T');
        digits(text, time.getHour(), 2).append(':');
        digits(text, time.getMinute(), 2).append(':');
        digits(text, time.getSecond(), 2).append('.');
        return digits(text, time.getNano() / 1_000_000, 3).append('Z').toString();
    }

    private static StringBuilder digits(StringBuilder to, int number, int count) {
        var digits = Integer.toString(number);
        return to.repeat('0', Math.max(0, count - digits.length())).append(digits);
    }

    private static StringBuilder padded(StringBuilder to, String text, int width) {
        return to.append(text).repeat(' ', Math.max(0, width - text.length()));
    }

    private static String nameOf(System.Logger.Level level) {
        return level == System.Logger.Level.WARNING ? "WARN" : level.name();
    }
}
