package dev.outrigger.xds;

import java.nio.file.Path;
import java.time.Duration;

/// Where the last known good is kept.
///
/// @param file on disk, for the owner only; its folder must exist
/// @param maxAge how long ago the control plane may have answered last for the file to be used at start
/// @param node id of the workload's node; the file of another one is refused
public record SnapshotConfig(Path file, Duration maxAge, String node) {
    /// Refuses an age that is not positive.
    ///
    /// @throws IllegalArgumentException when `maxAge` is zero or negative
    public SnapshotConfig {
        if (!maxAge.isPositive()) {
            throw new IllegalArgumentException("xDS snapshot max age " + maxAge + " must be positive");
        }
    }
}
