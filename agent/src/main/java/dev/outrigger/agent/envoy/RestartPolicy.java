package dev.outrigger.agent.envoy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.random.RandomGenerator;

/// How often Envoy is started again. Owned by the supervisor's thread.
final class RestartPolicy {
    private static final Duration BASE = Duration.ofMillis(100);
    private static final Duration CAP = Duration.ofSeconds(10);

    private final int budget;
    private final Duration window;
    private final RandomGenerator random;
    private final Deque<Instant> crashes = new ArrayDeque<>();

    /// @param budget crashes within `window` that are healed
    RestartPolicy(int budget, Duration window, RandomGenerator random) {
        this.budget = budget;
        this.window = window;
        this.random = random;
    }

    /// The pause before the next start: none after the first crash in the window, since a crash that comes alone
    /// is healed best at once; then full jitter over `min(cap, base · 2ⁿ)`.
    ///
    /// @return empty when the budget is spent
    Optional<Duration> afterCrash(Instant now) {
        forget(now);
        crashes.addLast(now);
        if (crashes.size() > budget) {
            return Optional.empty();
        }
        if (crashes.size() == 1) {
            return Optional.of(Duration.ZERO);
        }
        var bound = Math.min(CAP.toMillis(), BASE.toMillis() << Math.min(crashes.size(), 16));
        return Optional.of(Duration.ofMillis(random.nextLong(bound + 1)));
    }

    /// Crashes in the window.
    int recent(Instant now) {
        forget(now);
        return crashes.size();
    }

    private void forget(Instant now) {
        while (!crashes.isEmpty() && crashes.getFirst().plus(window).isBefore(now)) {
            crashes.removeFirst();
        }
    }
}
