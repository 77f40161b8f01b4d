package dev.outrigger.sds;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Runs one task at one wall clock time. It looks at the clock every half minute, because the loop's own timer stands
/// still while the machine sleeps and does not notice a clock that is set.
///
/// Owned by its loop.
final class Alarm {
    private static final Duration LONGEST = Duration.ofSeconds(30);

    private final EventLoop loop;
    private final InstantSource clock;
    private final Runnable task;
    private @Nullable Future<?> pending;

    Alarm(EventLoop loop, InstantSource clock, Runnable task) {
        this.loop = loop;
        this.clock = clock;
        this.task = task;
    }

    /// Replaces what was set before.
    void set(Instant due) {
        cancel();
        var left = Duration.between(clock.instant(), due);
        if (!left.isPositive()) {
            pending = loop.submit(task);
        } else if (left.compareTo(LONGEST) > 0) {
            pending = loop.schedule(() -> set(due), LONGEST.toMillis(), TimeUnit.MILLISECONDS);
        } else {
            pending = loop.schedule(() -> set(due), left.toMillis() + 1, TimeUnit.MILLISECONDS);
        }
    }

    void cancel() {
        if (pending != null) {
            pending.cancel(false);
            pending = null;
        }
    }
}
