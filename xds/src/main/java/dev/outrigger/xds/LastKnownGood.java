package dev.outrigger.xds;

import java.time.Instant;
import java.util.Map;

/// What is kept of the control plane for the time it is away, at one moment.
///
/// @param asOf when the control plane was last known to stand behind it; now while it answers
/// @param serving whether a client's stream is served from it
/// @param resources kept, by type URL
public record LastKnownGood(Instant asOf, boolean serving, Map<String, Integer> resources) {
    /// Copies the map.
    public LastKnownGood {
        resources = Map.copyOf(resources);
    }
}
