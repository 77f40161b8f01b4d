package dev.outrigger.sds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrigger.testkit.FakeScheduler;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AlarmTest {
    private static final Instant START = Instant.parse("2030-01-01T00:00:00Z");

    private final FakeScheduler time = new FakeScheduler(START);
    private final List<Instant> rings = new ArrayList<>();
    private final Alarm alarm = new Alarms(time, time, time).alarm(() -> rings.add(time.instant()));

    @Test
    void itRingsOnceAtItsTime() {
        alarm.setIn(Duration.ofHours(12));

        time.advance(Duration.ofHours(12).minusMillis(1));
        assertThat(rings).isEmpty();
        time.advance(Duration.ofDays(1));

        assertThat(rings).hasSize(1);
        assertThat(rings.getFirst())
                .isBetween(
                        START.plus(Duration.ofHours(12)),
                        START.plus(Duration.ofHours(12)).plusMillis(1));
        assertThat(alarm.isSet()).isFalse();
    }

    @Test
    void aTimeThatIsOverRingsAtOnce() {
        alarm.set(START.minusSeconds(1));

        time.advance(Duration.ZERO);

        assertThat(rings).containsExactly(START);
    }

    @Test
    void settingItAgainReplacesTheFirstTime() {
        alarm.setIn(Duration.ofSeconds(1));
        alarm.setIn(Duration.ofSeconds(10));

        time.advance(Duration.ofSeconds(9));
        assertThat(rings).isEmpty();
        time.advance(Duration.ofSeconds(2));

        assertThat(rings).hasSize(1);
        assertThat(time.pending()).isEmpty();
    }

    @Test
    void aDelayDoesNotGrowWhenTheClockIsSetBack() {
        alarm.setIn(Duration.ofSeconds(5));

        time.setClock(START.minus(Duration.ofDays(365)));
        time.advance(Duration.ofSeconds(11));

        assertThat(rings).hasSize(1);
    }

    @Test
    void aCancelledOneDoesNotRing() {
        alarm.setIn(Duration.ofSeconds(1));
        alarm.cancel();

        time.advance(Duration.ofDays(1));

        assertThat(rings).isEmpty();
    }

    @Test
    void aClockThatIsSetForwardIsNoticedWithinHalfAMinute() {
        alarm.setIn(Duration.ofHours(12));

        time.setClock(START.plus(Duration.ofDays(1)));
        time.advance(Duration.ofSeconds(31));

        assertThat(rings).hasSize(1);
    }

    @Test
    void aClockThatIsSetBackDoesNotRingEarly() {
        alarm.set(START.plusSeconds(20));

        time.setClock(START.minus(Duration.ofHours(1)));
        time.advance(Duration.ofMinutes(50));
        assertThat(rings).isEmpty();
        time.advance(Duration.ofMinutes(11));

        assertThat(rings).hasSize(1);
    }

    @Test
    void whatRingsWhileItIsCancelledElsewhereIsDropped() {
        var owner = new ArrayDeque<Runnable>();
        var late = new Alarms(owner::add, time, time).alarm(() -> rings.add(time.instant()));
        late.setIn(Duration.ofSeconds(1));
        time.advance(Duration.ofSeconds(2));
        assertThat(owner).hasSize(1);

        late.cancel();
        owner.remove().run();

        assertThat(rings).isEmpty();
    }
}
