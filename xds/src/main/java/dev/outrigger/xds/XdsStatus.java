package dev.outrigger.xds;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// What the relay is doing, at one moment.
///
/// @param connected the connection to the control plane is up
/// @param controlPlane `host:port` connected to, or dialed last
/// @param since when `connected` last changed
/// @param lastError why the last dial or stream failed, if one ever did
/// @param streams open streams of clients, oldest first
/// @param troubles what has gone on for too long on them
public record XdsStatus(
        boolean connected,
        String controlPlane,
        Instant since,
        Optional<String> lastError,
        List<Stream> streams,
        List<XdsTrouble> troubles) {
    /// Copies the lists.
    public XdsStatus {
        streams = List.copyOf(streams);
        troubles = List.copyOf(troubles);
    }

    /// One client's stream.
    ///
    /// @param id counts from 1
    /// @param protocol `sotw` or `delta`
    /// @param node the client's node id; empty until it sent one
    /// @param types in order of name
    public record Stream(long id, String protocol, String node, List<Type> types) {
        /// Copies the list.
        public Stream {
            types = List.copyOf(types);
        }
    }

    /// One type on one stream.
    ///
    /// @param version of the last push
    /// @param answer `waiting`, `ACK` or `NACK: ` and the reason, for the last push; empty before the first
    /// @param pushes so far on this stream
    /// @param subscribed names subscribed to; 0 for a wildcard
    public record Type(String typeUrl, String version, String answer, long pushes, int subscribed) {}
}
