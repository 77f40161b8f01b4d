package dev.outrigger.agent.envoy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RestartPolicyTest {
    private static final Duration WINDOW = Duration.ofMinutes(5);
    private static final Instant START = Instant.EPOCH;

    @Test
    void aCrashThatComesAloneIsHealedAtOnce() {
        var policy = new RestartPolicy(3, WINDOW, new SplittableRandom(1));

        assertThat(policy.afterCrash(START)).contains(Duration.ZERO);
        assertThat(policy.afterCrash(START.plus(WINDOW).plusSeconds(1))).contains(Duration.ZERO);
    }

    @Test
    void oneCrashMoreThanTheBudgetWithinTheWindowIsTheEnd() {
        var policy = new RestartPolicy(2, WINDOW, new SplittableRandom(1));

        policy.afterCrash(START);
        policy.afterCrash(START.plusSeconds(1));

        assertThat(policy.afterCrash(START.plusSeconds(2))).isEmpty();
    }

    @Test
    void withoutABudgetTheFirstCrashIsTheEnd() {
        assertThat(new RestartPolicy(0, WINDOW, new SplittableRandom(1)).afterCrash(START))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void anyHistoryKeepsPausesWithinTheCapAndCrashesWithinTheBudget(long seed) {
        var random = new SplittableRandom(seed);
        var policy = new RestartPolicy(50, WINDOW, random);
        var now = START;
        for (var i = 0; i < 2_000; i++) {
            now = now.plusMillis(random.nextInt(20_000));

            var pause = policy.afterCrash(now);

            assertThat(pause.isEmpty()).isEqualTo(policy.recent(now) > 50);
            pause.ifPresent(p -> assertThat(p).isBetween(Duration.ZERO, Duration.ofSeconds(10)));
        }
    }
}
