package dev.outrigger.sds;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Runs one task at one wall clock time. It looks at the clock every half minute, because a timer stands still
/// while the machine sleeps and does not notice a clock that is set. A delay never grows, however far the clock
/// is set back.
///
/// Owned by `alarms.owner()`, where the task runs too.
final class Alarm {
    private static final Duration LONGEST = Duration.ofSeconds(30);

    private final Alarms alarms;
    private final Runnable task;
    private @Nullable Instant due;
    /// Of a delay; null when a time was set.
    private @Nullable Duration delay;
    private @Nullable Future<?> pending;

    Alarm(Alarms alarms, Runnable task) {
        this.alarms = alarms;
        this.task = task;
    }

    /// Replaces what was set before.
    void set(Instant time) {
        delay = null;
        due = time;
        arm(time);
    }

    /// Sets it this far from now, replacing what was set before.
    void setIn(Duration wait) {
        set(alarms.clock().instant().plus(wait));
        delay = wait;
    }

    boolean isSet() {
        return due != null;
    }

    void cancel() {
        due = null;
        disarm();
    }

    private void arm(Instant time) {
        disarm();
        var left = Duration.between(alarms.clock().instant(), time);
        var wait = left.compareTo(LONGEST) > 0 ? LONGEST.toMillis() : left.isPositive() ? left.toMillis() + 1 : 0;
        pending = alarms.timer().schedule(() -> alarms.owner().execute(this::look), wait, TimeUnit.MILLISECONDS);
    }

    private void disarm() {
        if (pending != null) {
            pending.cancel(false);
            pending = null;
        }
    }

    /// May come late, after the alarm was cancelled or set anew.
    private void look() {
        if (due == null) {
            return;
        }
        var now = alarms.clock().instant();
        if (now.isBefore(due)) {
            if (delay != null && due.isAfter(now.plus(delay))) {
                due = now.plus(delay);
            }
            arm(due);
            return;
        }
        cancel();
        task.run();
    }
}
