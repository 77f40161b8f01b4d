package dev.outrigger.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WaitingPaceTest {
    @ParameterizedTest
    @CsvSource({"-5000, 10", "0, 10", "160, 10", "320, 20", "3600000, 250"})
    void theLongerItTakesTheSeldomerItIsLookedAt(long sinceMillis, long pauseMillis) {
        assertThat(WaitingPace.pause(Duration.ofMillis(sinceMillis))).hasMillis(pauseMillis);
    }
}
