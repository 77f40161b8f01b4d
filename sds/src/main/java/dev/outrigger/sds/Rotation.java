package dev.outrigger.sds;

import java.time.Duration;
import java.time.Instant;
import java.util.random.RandomGenerator;

/// When to fetch the next certificate: at a share of what is left of this one, jittered by a tenth so that a
/// fleet spreads, and never sooner than a hundredth of its whole lifetime (1 s to 60 s), so that a clock that is
/// wrong does not turn into a storm of requests. Owned by its user.
final class Rotation {
    private static final Duration SHORTEST = Duration.ofSeconds(1);
    private static final Duration LONGEST_FLOOR = Duration.ofSeconds(60);
    private static final int FLOOR_DIVISOR = 100;
    private static final double JITTER = 0.1;
    private static final double LATEST = 0.95;

    private final double share;
    private final RandomGenerator random;

    /// @param share above 0, below 1
    Rotation(double share, RandomGenerator random) {
        this.share = share;
        this.random = random;
    }

    /// @param now when the identity came, by the local clock: authorities date certificates back
    Instant after(Instant now, Identity identity) {
        var left = Duration.between(now, identity.expiresAt());
        var jittered = Math.min(LATEST, share * random.nextDouble(1 - JITTER, 1 + JITTER));
        var delay = Duration.ofMillis(Math.round(left.toMillis() * jittered));
        return now.plus(max(delay, floor(identity)));
    }

    private static Duration floor(Identity identity) {
        var whole = Duration.ofMillis(
                Duration.between(identity.notBefore(), identity.expiresAt()).toMillis() / FLOOR_DIVISOR);
        return max(SHORTEST, whole.compareTo(LONGEST_FLOOR) < 0 ? whole : LONGEST_FLOOR);
    }

    private static Duration max(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? b : a;
    }
}
