package dev.outrigger.xds;

import java.time.Duration;

/// Hears what the relay does. Called on the relay's threads, in order for each stream: return quickly, never block.
public interface XdsObserver {
    /// Hears nothing.
    XdsObserver NONE = new XdsObserver() {};

    /// The connection to a control plane is up.
    default void connected(String controlPlane) {}

    /// The connection was lost or could not be made.
    ///
    /// @param retryIn until the next dial
    default void disconnected(String reason, Duration retryIn) {}

    /// A client opened a stream.
    default void streamOpened(long stream) {}

    /// The upstream stream of a client's stream ended or could not be opened; another one is on its way.
    default void upstreamEnded(long stream, String reason) {}

    /// A client's stream ended.
    default void streamClosed(long stream) {}

    /// A push went to the client, or to a {@link ResourceHandler}.
    default void pushed(long stream, String typeUrl, String version, int bytes, int resourceCount) {}

    /// A push was accepted.
    ///
    /// @param version empty in the delta protocol when the control plane sends none
    default void acked(long stream, String typeUrl, String version) {}

    /// A push was refused.
    ///
    /// @param message the client's reason
    default void nacked(long stream, String typeUrl, String version, String message) {}
}
