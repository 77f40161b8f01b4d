package dev.outrigger.sds;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What the SDS server knows at one moment; holds no secret.
///
/// @param streams those open now
/// @param version of the secrets on offer, null while there is no identity
/// @param lastError what the last NACK said, null before the first
/// @param heldBack names of files and tokens that are wanted and cannot be had (or not be renewed), with the
///     reasons
public record SdsStatus(
        List<Stream> streams,
        @Nullable String version,
        @Nullable String lastError,
        Map<String, String> heldBack) {
    /// Copies the collections.
    public SdsStatus {
        streams = List.copyOf(streams);
        heldBack = Map.copyOf(heldBack);
    }

    /// One open stream.
    ///
    /// @param kind `sotw` or `delta`
    /// @param node the ID of the client's node, empty when it did not say
    /// @param names the resources it wants; `*` for all
    /// @param sent the version it got last, null before the first
    /// @param acked the version it accepted last, null before the first
    /// @param nacked the version it refused last, null before the first
    /// @param nackText what it said about that
    public record Stream(
            String kind,
            String node,
            List<String> names,
            @Nullable String sent,
            @Nullable String acked,
            @Nullable String nacked,
            @Nullable String nackText) {
        /// Copies the list.
        public Stream {
            names = List.copyOf(names);
        }
    }
}
