package dev.outrigger.agent.config;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.regex.Pattern;

/// Durations as users write them.
public final class Durations {
    private static final Pattern FORM = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");

    private Durations() {}

    /// Reads `500ms`, `5s`, `10m`, `24h`, `7d` or `PT5S`; empty for anything else.
    public static Optional<Duration> parse(String text) {
        var match = FORM.matcher(text);
        if (match.matches()) {
            var amount = Long.parseLong(match.group(1));
            return Optional.of(
                    switch (match.group(2)) {
                        case "ms" -> Duration.ofMillis(amount);
                        case "s" -> Duration.ofSeconds(amount);
                        case "m" -> Duration.ofMinutes(amount);
                        case "h" -> Duration.ofHours(amount);
                        default -> Duration.ofDays(amount);
                    });
        }
        try {
            return text.startsWith("P") ? Optional.of(Duration.parse(text)) : Optional.empty();
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }
}
