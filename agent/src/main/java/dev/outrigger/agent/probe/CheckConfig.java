package dev.outrigger.agent.probe;

import java.time.Duration;

/// How the agent itself watches the application, where no platform does.
///
/// @param probe what is asked
/// @param delay before the first look
/// @param period between two looks
/// @param failures in a row after which the application is not well
/// @param successes in a row after which it is well again
public record CheckConfig(Probe probe, Duration delay, Duration period, int failures, int successes) {
    /// @throws IllegalArgumentException for a period of zero or thresholds below one
    public CheckConfig {
        if (!period.isPositive() || failures < 1 || successes < 1) {
            throw new IllegalArgumentException(
                    "health-check-period, health-check-failures and health-check-successes must be more than nothing");
        }
    }
}
