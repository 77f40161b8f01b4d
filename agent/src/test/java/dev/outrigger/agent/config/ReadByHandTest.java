package dev.outrigger.agent.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrigger.agent.proc.Digits;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// What a start reads without regular expressions is read as those would read it.
class ReadByHandTest {
    private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,6}");
    private static final Pattern ADDRESS = Pattern.compile("([0-9A-Za-z._:%-]+|\\[[0-9A-Za-z._:%-]+]):(\\d{1,5})");
    private static final String LETTERS = "0123459smhdPTS-+.:[]%_aZ ~é٣";
    private static final int TEXTS = 20_000;

    private final Random random = new Random(20261128);

    private String text() {
        var text = new StringBuilder();
        for (var left = random.nextInt(12); left > 0; left--) {
            var some = random.nextInt(3) > 0 ? 12 : LETTERS.length(); // mostly digits and units
            text.append(LETTERS.charAt(random.nextInt(some)));
        }
        return text.toString();
    }

    private static Optional<Duration> byPattern(String text) {
        var match = DURATION.matcher(text);
        if (!match.matches()) {
            return Optional.empty();
        }
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

    @Test
    void numbersAndDurations() {
        var found = 0;
        for (var i = 0; i < TEXTS; i++) {
            var text = text();
            var number = NUMBER.matcher(text).matches() ? Long.parseLong(text) : Digits.NONE;
            assertThat(Digits.parse(text, 6)).as(text).isEqualTo(number);
            if (!text.startsWith("P")) {
                assertThat(Durations.parse(text)).as(text).isEqualTo(byPattern(text));
            }
            found += number >= 0 || byPattern(text).isPresent() ? 1 : 0;
        }
        assertThat(found).as("texts that are something").isGreaterThan(TEXTS / 20);
    }

    @Test
    void addresses() {
        var found = 0;
        for (var i = 0; i < TEXTS; i++) {
            var text = text() + ":" + random.nextInt(70_000);
            var match = ADDRESS.matcher(text);
            var isOne = match.matches()
                    && Integer.parseInt(match.group(2)) < 65_536
                    && (text.startsWith("[") || !match.group(1).contains(":"));
            assertThat(Addresses.parse(text, Optional.empty()).isPresent())
                    .as(text)
                    .isEqualTo(isOne);
            found += isOne ? 1 : 0;
        }
        assertThat(found).as("texts that are addresses").isGreaterThan(TEXTS / 20);
    }

    @Test
    void durationsOfTheStandard() {
        assertThat(Durations.parse("PT5S")).contains(Duration.ofSeconds(5));
        assertThat(Durations.parse("P")).isEmpty();
    }
}
