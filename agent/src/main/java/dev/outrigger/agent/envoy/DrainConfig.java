package dev.outrigger.agent.envoy;

import java.time.Duration;

/// How a drain goes and how long it may take.
///
/// @param min at least so long
/// @param quiet after `min`, it ends once no more than `target` was in flight and nothing came for so long
/// @param max at most so long
/// @param target requests and TCP connections on drained listeners with which it may end
/// @param listeners which are drained
/// @param awaitsOutbound whether requests on the other listeners, in flight or new, hold the end, too
public record DrainConfig(
        Duration min, Duration quiet, Duration max, int target, Listeners listeners, boolean awaitsOutbound) {
    /// Which of Envoy's listeners are told to let their clients go.
    public enum Listeners {
        /// Those that say `traffic_direction: INBOUND`; all when none says any direction.
        AUTO,
        /// Those that say `traffic_direction: INBOUND`.
        INBOUND,
        /// All, as for a gateway.
        ALL
    }
}
