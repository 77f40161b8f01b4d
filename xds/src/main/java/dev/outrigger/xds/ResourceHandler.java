package dev.outrigger.xds;

import java.util.List;

/// Takes one type of resources that is meant for the agent and not for Envoy.
///
/// The relay subscribes to the type as a wildcard on one stream, after the client's first request for listeners, and
/// answers each push itself. Such pushes are never forwarded.
public interface ResourceHandler {
    /// The type, for example `type.googleapis.com/istio.networking.nds.v1.NameTable`.
    String typeUrl();

    /// Takes one push: all resources of the type in the state-of-the-world protocol, those that changed in the delta
    /// protocol (removals are not reported). Called on a virtual thread, never twice at once; the
    /// next push waits.
    ///
    /// @throws RejectedResourceException to answer with a NACK; what was accepted before should stay in force
    void accept(List<HandledResource> resources) throws RejectedResourceException;
}
