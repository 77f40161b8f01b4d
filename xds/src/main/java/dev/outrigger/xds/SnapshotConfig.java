package dev.outrigger.xds;

import java.nio.file.Path;
import java.time.Duration;

/// Where the last known good is kept.
///
/// @param file on disk, for the owner only; its folder must exist
/// @param maxAge how long ago the control plane may have answered last for the file to be used at start
/// @param patience with a control plane that takes a stream's requests and does not answer: after this it counts
///     as away for a client that it never answered; > 0
/// @param node id of the workload's node; the file of another one is refused
public record SnapshotConfig(Path file, Duration maxAge, Duration patience, String node) {
    /// Refuses durations that are not positive.
    ///
    /// @throws IllegalArgumentException when `maxAge` or `patience` is zero or negative
    public SnapshotConfig {
        requirePositive("xds-snapshot-max-age", maxAge);
        requirePositive("xds-snapshot-patience", patience);
    }

    private static void requirePositive(String setting, Duration duration) {
        if (!duration.isPositive()) {
            throw new IllegalArgumentException(
                    setting + "=" + duration + ": must be longer than 0s; to keep nothing set xds-snapshot to off");
        }
    }
}
