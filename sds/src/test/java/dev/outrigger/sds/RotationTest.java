package dev.outrigger.sds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrigger.testkit.TestCa;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RotationTest {
    private static final TestCa CA = TestCa.create("root");
    private final Instant now = InstantSource.system().instant();

    @ParameterizedTest
    @CsvSource({"0.5, 0.45, 0.55", "0.05, 0.045, 0.055", "0.9, 0.81, 0.95"})
    void itIsDueAtTheShareOfWhatIsLeftWithJitter(double share, double earliest, double latest) {
        var rotation = new Rotation(share, new Random(1));
        var identity = valid(now.minus(Duration.ofHours(10)), now.plus(Duration.ofHours(10)));
        var left = Duration.between(now, identity.expiresAt()).toMillis();

        for (var i = 0; i < 1000; i++) {
            var delay = Duration.between(now, rotation.after(now, identity)).toMillis();
            assertThat(delay / (double) left).isBetween(earliest - 0.001, latest + 0.001);
        }
    }

    @Test
    void itIsNeverSoonerThanAHundredthOfTheWholeLifeWhichIsOneToSixtySeconds() {
        var rotation = new Rotation(0.5, new Random(1));

        assertThat(rotation.after(now, valid(now.minus(Duration.ofDays(1)), now.plusSeconds(2))))
                .isEqualTo(now.plusSeconds(60));
        assertThat(rotation.after(now, valid(now.minusSeconds(1998), now.plusSeconds(2))))
                .isBetween(now.plusSeconds(19), now.plusSeconds(21));
        assertThat(rotation.after(now, valid(now.minusSeconds(5), now.plusSeconds(1))))
                .isEqualTo(now.plusSeconds(1));
    }

    private static Identity valid(Instant from, Instant until) {
        return TestIdentities.of(CA.issue(TestIdentities.ID, from, until), List.of(CA.root()), Map.of());
    }
}
