package dev.outrigger.xds;

import java.time.Duration;
import java.util.random.RandomGenerator;

/// How long to wait between two dials of the control plane: full jitter over a doubling window.
///
/// @param initial the first window, > 0; 100 ms by default
/// @param cap the largest window, ≥ `initial`; 800 ms by default, so that a control plane which comes back after
///     an outage of any length has Envoy resubscribed within a second, the dial included. Full jitter spreads a
///     whole fleet over that time; a larger cap spreads it further and makes every outage longer.
public record Backoff(Duration initial, Duration cap) {
    /// 100 ms, capped at 800 ms.
    public static final Backoff DEFAULT = new Backoff(Duration.ofMillis(100), Duration.ofMillis(800));

    /// Refuses windows that are not positive or shrink.
    ///
    /// @throws IllegalArgumentException when `initial` is not positive or `cap` is shorter than it
    public Backoff {
        if (!initial.isPositive() || cap.compareTo(initial) < 0) {
            throw new IllegalArgumentException("xDS backoff " + initial + " .. " + cap + " must be positive and grow");
        }
    }

    /// Delay before attempt `failures` (1-based): between zero and `min(cap, initial · 2ⁿ⁻¹)`.
    Duration delay(int failures, RandomGenerator random) {
        // 30 doublings exceed every sensible cap and cannot overflow a long of milliseconds below 24 days.
        long window = Math.min(cap.toMillis(), initial.toMillis() << Math.clamp(failures - 1L, 0, 30));
        return Duration.ofMillis(random.nextLong(Math.max(1, window) + 1));
    }
}
