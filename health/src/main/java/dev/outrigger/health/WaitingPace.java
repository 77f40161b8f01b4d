package dev.outrigger.health;

import java.time.Duration;

/// How often to look at what is not ready yet. The longer it takes, the less a little more matters, and what waits for
/// its control plane for an hour is not looked at a hundred times a second.
public final class WaitingPace {
    private static final long LEAST_MILLIS = 10;
    private static final long MOST_MILLIS = 250;
    private static final int SHARE = 16;

    private WaitingPace() {}

    /// A sixteenth of the time that it has taken, 10 ms at least and 250 ms at most.
    ///
    /// @param since its start; negative when the clock was set back
    public static Duration pause(Duration since) {
        return Duration.ofMillis(Math.clamp(since.toMillis() / SHARE, LEAST_MILLIS, MOST_MILLIS));
    }
}
