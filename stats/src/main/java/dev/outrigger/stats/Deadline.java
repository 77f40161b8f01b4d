package dev.outrigger.stats;

import io.micrometer.core.instrument.Clock;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/// A moment after which a source is waited for no longer.
///
/// @param at in the clock's monotonic nanoseconds
record Deadline(Clock clock, long at) {
    static Deadline in(Clock clock, Duration wait) {
        return new Deadline(clock, clock.monotonicTime() + wait.toNanos());
    }

    boolean isOver() {
        return at - clock.monotonicTime() <= 0;
    }

    /// Milliseconds left, rounded up.
    ///
    /// @throws SourceException when there are none
    int millisLeft() throws SourceException {
        var left = at - clock.monotonicTime();
        if (left <= 0) {
            throw new SourceException("too slow");
        }
        return (int) Math.min(Integer.MAX_VALUE, TimeUnit.NANOSECONDS.toMillis(left) + 1);
    }
}
