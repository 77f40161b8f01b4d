package dev.outrigger.sds;

import java.time.Duration;
import java.util.random.RandomGenerator;

/// Delays between attempts: full jitter over `min(cap, 100 ms · 2ⁿ)`, at least 10 ms. Owned by its user.
final class Backoff {
    private static final long FIRST_MILLIS = 100;
    private static final long CAP_MILLIS = 5_000;
    private static final long FLOOR_MILLIS = 10;
    private static final int DOUBLINGS = 6;

    private final RandomGenerator random;
    private int failures;

    Backoff(RandomGenerator random) {
        this.random = random;
    }

    Duration next() {
        var ceiling = Math.min(CAP_MILLIS, FIRST_MILLIS << Math.min(failures, DOUBLINGS));
        failures++;
        return Duration.ofMillis(random.nextLong(FLOOR_MILLIS, ceiling + 1));
    }

    void succeeded() {
        failures = 0;
    }
}
