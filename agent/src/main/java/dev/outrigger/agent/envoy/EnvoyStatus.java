package dev.outrigger.agent.envoy;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// What Envoy is doing.
///
/// @param pid its process; 0 before the first start
/// @param since when that process was started
/// @param readyAfter how long it took to become ready; empty while it is not
/// @param restarts crashes since the agent's start
/// @param lastExit status with which it ended last; 128 + signal when a signal ended it
public record EnvoyStatus(
        long pid, Instant since, Optional<Duration> readyAfter, int restarts, Optional<Integer> lastExit) {
    EnvoyStatus started(long newPid, Instant now) {
        return new EnvoyStatus(newPid, now, Optional.empty(), restarts, lastExit);
    }

    EnvoyStatus ready(Duration took) {
        return new EnvoyStatus(pid, since, Optional.of(took), restarts, lastExit);
    }

    EnvoyStatus ended(int exit) {
        return new EnvoyStatus(pid, since, Optional.empty(), restarts + 1, Optional.of(exit));
    }
}
