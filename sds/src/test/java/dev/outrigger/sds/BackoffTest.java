package dev.outrigger.sds;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BackoffTest {
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void delaysAreJitteredBetweenTheFloorAndACeilingThatDoublesToFiveSeconds(long seed) {
        var backoff = new Backoff(new Random(seed));

        for (var ceiling : new long[] {100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000}) {
            assertThat(backoff.next()).isBetween(Duration.ofMillis(10), Duration.ofMillis(ceiling));
        }
        backoff.succeeded();

        assertThat(backoff.next()).isBetween(Duration.ofMillis(10), Duration.ofMillis(100));
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void itNeverOverflows(long seed) {
        var backoff = new Backoff(new Random(seed));

        for (var i = 0; i < 1000; i++) {
            assertThat(backoff.next()).isBetween(Duration.ofMillis(10), Duration.ofSeconds(5));
        }
    }
}
