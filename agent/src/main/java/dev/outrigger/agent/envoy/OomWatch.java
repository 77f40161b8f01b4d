package dev.outrigger.agent.envoy;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.OptionalLong;
import java.util.function.Supplier;

/// Tells whether one Envoy was killed for want of memory. The kernel counts the kill before it sends the signal,
/// and the process needs a while to end, the longer the more memory it has: so what counts is what came since ten
/// to twenty seconds ago. Owned by the supervisor's thread.
final class OomWatch {
    private static final Duration PERIOD = Duration.ofSeconds(10);

    private final Supplier<OptionalLong> kills;
    private final InstantSource clock;
    private OptionalLong older;
    private OptionalLong newer;
    private Instant since;

    /// @param kills of the control group so far, asked now and then
    OomWatch(Supplier<OptionalLong> kills, InstantSource clock) {
        this.kills = kills;
        this.clock = clock;
        this.older = kills.get();
        this.newer = older;
        this.since = clock.instant();
    }

    /// Envoy runs.
    void look() {
        var now = clock.instant();
        if (Duration.between(since, now).compareTo(PERIOD) >= 0) {
            older = newer;
            newer = kills.get();
            since = now;
        }
    }

    /// Envoy has ended.
    EnvoyExit judge(int status) {
        return EnvoyExit.of(status, older, kills.get());
    }
}
