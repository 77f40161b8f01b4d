package dev.outrigger.agent.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrigger.health.Gate;
import dev.outrigger.health.HealthBoard;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;

class ReadinessWatchTest {
    private static final Instant LAUNCHED = Instant.parse("2026-01-01T00:00:00Z");

    private Instant now = LAUNCHED;

    @Test
    void whoWaitsForLongLooksSeldomAndStillTellsWhenItIsReady() {
        var board = new HealthBoard(() -> now);
        var condition = board.condition("envoy", Gate.READINESS, "starting");
        var told = new ArrayList<Duration>();
        var watch = new ReadinessWatch(board, () -> now, LAUNCHED, told::add);

        assertThat(watch.look()).hasMillis(10);
        now = LAUNCHED.plusSeconds(3600);
        assertThat(watch.look()).hasMillis(250);
        assertThat(told).isEmpty();
        condition.met("it is live");
        assertThat(watch.look()).hasMillis(500);
        condition.unmet("it is gone");
        assertThat(watch.look()).hasMillis(500);
        condition.met("it is live");
        watch.look();

        assertThat(told).containsExactly(Duration.ofHours(1));
    }
}
