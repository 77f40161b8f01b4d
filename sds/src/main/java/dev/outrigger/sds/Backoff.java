package dev.outrigger.sds;

import java.time.Duration;
import java.util.random.RandomGenerator;

/// Delays between attempts: full jitter over `min(cap, first · 2ⁿ)`, at least a tenth of `first`. Owned by its
/// user.
final class Backoff {
    private static final Duration FIRST = Duration.ofMillis(100);
    private static final Duration CAP = Duration.ofSeconds(5);
    private static final int FLOOR_DIVISOR = 10;
    private static final int MOST_DOUBLINGS = 20;

    private final RandomGenerator random;
    private final Duration first;
    private int failures;

    /// From 100 ms on.
    Backoff(RandomGenerator random) {
        this(random, FIRST);
    }

    Backoff(RandomGenerator random, Duration first) {
        this.random = random;
        this.first = first;
    }

    /// At most 5 s.
    Duration next() {
        return next(CAP);
    }

    Duration next(Duration cap) {
        var ceiling = Math.min(cap.toMillis(), first.toMillis() << Math.min(failures, MOST_DOUBLINGS));
        failures++;
        var floor = Math.min(first.toMillis() / FLOOR_DIVISOR, ceiling);
        return Duration.ofMillis(random.nextLong(floor, ceiling + 1));
    }

    void succeeded() {
        failures = 0;
    }
}
