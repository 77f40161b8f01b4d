package dev.outrigger.agent.config;

import dev.outrigger.agent.proc.Digits;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Optional;

/// Durations as users write them.
public final class Durations {
    private static final int MOST_DIGITS = 9;

    private Durations() {}

    /// Reads `500ms`, `5s`, `10m`, `24h`, `7d` or `PT5S`; empty for anything else.
    public static Optional<Duration> parse(String text) {
        var unit = text.length();
        while (unit > 0 && !isDigit(text.charAt(unit - 1))) {
            unit--;
        }
        var amount = Digits.parse(text.substring(0, unit), MOST_DIGITS);
        if (amount >= 0) {
            return switch (text.substring(unit)) {
                case "ms" -> Optional.of(Duration.ofMillis(amount));
                case "s" -> Optional.of(Duration.ofSeconds(amount));
                case "m" -> Optional.of(Duration.ofMinutes(amount));
                case "h" -> Optional.of(Duration.ofHours(amount));
                case "d" -> Optional.of(Duration.ofDays(amount));
                default -> Optional.empty();
            };
        }
        try {
            return text.startsWith("P") ? Optional.of(Duration.parse(text)) : Optional.empty();
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }
}
