package dev.outrigger.xds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BackoffTest {
    @Test
    void delaysStayWithinTheDoublingWindowAndTheCap() {
        var random = new Random(1);
        for (int failures = 1; failures < 200; failures++) {
            var window = Math.min(1000, 100L << Math.min(failures - 1, 10));

            var delay = Backoff.DEFAULT.delay(failures, random);

            assertThat(delay).isBetween(Duration.ZERO, Duration.ofMillis(window));
        }
    }

    @Test
    void aWindowThatShrinksIsRefused() {
        assertThatThrownBy(() -> new Backoff(Duration.ofSeconds(2), Duration.ofSeconds(1)))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
