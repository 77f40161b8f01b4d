package dev.outrigger.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class FakeSchedulerTest {
    private static final Instant START = Instant.parse("2030-01-01T00:00:00Z");

    private final FakeScheduler time = new FakeScheduler(START);
    private final List<String> ran = new ArrayList<>();

    @Test
    void tasksRunInTheOrderOfTheirTimesWithTheClockAtEach() {
        schedule("b", 2);
        schedule("a", 1);
        schedule("c", 2);
        schedule("later", 10);

        time.advance(Duration.ofSeconds(5));

        assertThat(ran).containsExactly("a at 1", "b at 2", "c at 2");
        assertThat(time.instant()).isEqualTo(START.plusSeconds(5));
        assertThat(time.pending()).containsExactly(Duration.ofSeconds(5));
    }

    @Test
    void aTaskThatIsScheduledByATaskRunsInTheSameAdvance() {
        var _ = time.schedule(() -> schedule("second", 1), 1, TimeUnit.SECONDS);

        time.advance(Duration.ofSeconds(2));

        assertThat(ran).containsExactly("second at 2");
    }

    @Test
    void whatATaskExecutesRunsAfterIt() {
        time.execute(() -> {
            time.execute(() -> ran.add("inner"));
            ran.add("outer");
        });

        assertThat(ran).containsExactly("outer", "inner");
    }

    @Test
    void aCancelledTaskDoesNotRun() {
        time.schedule(() -> ran.add("never"), 1, TimeUnit.SECONDS).cancel(false);

        time.advance(Duration.ofSeconds(5));

        assertThat(ran).isEmpty();
        assertThat(time.pending()).isEmpty();
    }

    @Test
    void aPeriodicTaskRunsAsOftenAsItWouldHave() {
        var task = time.scheduleAtFixedRate(() -> ran.add("tick"), 1, 2, TimeUnit.SECONDS);

        time.advance(Duration.ofSeconds(6));
        task.cancel(false);
        time.advance(Duration.ofSeconds(6));

        assertThat(ran).containsExactly("tick", "tick", "tick");
    }

    @Test
    void aClockThatIsSetMovesNoTask() {
        schedule("a", 10);

        time.setClock(START.minus(Duration.ofDays(1)));
        time.advance(Duration.ofSeconds(9));
        assertThat(ran).isEmpty();
        time.advance(Duration.ofSeconds(1));

        assertThat(ran).hasSize(1);
    }

    @Test
    void afterShutdownNothingIsTaken() {
        schedule("a", 1);

        time.shutdown();
        time.advance(Duration.ofSeconds(2));

        assertThat(ran).isEmpty();
        assertThatThrownBy(() -> time.execute(() -> {})).isInstanceOf(RejectedExecutionException.class);
        assertThatThrownBy(() -> schedule("b", 1)).isInstanceOf(RejectedExecutionException.class);
    }

    private void schedule(String name, int seconds) {
        var _ = time.schedule(
                () -> ran.add(
                        name + " at " + Duration.between(START, time.instant()).toSeconds()),
                seconds,
                TimeUnit.SECONDS);
    }
}
