package dev.outrigger.agent.envoy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrigger.agent.envoy.EnvoyExit.Reason;
import dev.outrigger.testkit.FakeScheduler;
import java.time.Duration;
import java.time.Instant;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class OomWatchTest {
    private static final int SIGKILL = 137;

    private final FakeScheduler time = new FakeScheduler(Instant.EPOCH);
    private final AtomicLong kills = new AtomicLong(4);
    private final OomWatch watch = new OomWatch(() -> OptionalLong.of(kills.get()), time);

    @Test
    void aKillThatWasCountedSecondsBeforeTheEndIsStillItsReason() {
        run(60);
        kills.incrementAndGet();
        run(9);

        assertThat(watch.judge(SIGKILL).reason()).isEqualTo(Reason.OOM);
    }

    @Test
    void anEnvoyThatIsKilledInItsFirstMomentIsToldApart() {
        kills.incrementAndGet();

        assertThat(watch.judge(SIGKILL).reason()).isEqualTo(Reason.OOM);
    }

    @Test
    void aKillOfAnotherProcessLongAgoIsNoReason() {
        kills.incrementAndGet();
        run(30);

        assertThat(watch.judge(SIGKILL).reason()).isEqualTo(Reason.SIGNAL);
    }

    private void run(int seconds) {
        for (var second = 0; second < seconds; second++) {
            time.advance(Duration.ofSeconds(1));
            watch.look();
        }
    }
}
