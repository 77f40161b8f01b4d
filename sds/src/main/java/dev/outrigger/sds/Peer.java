package dev.outrigger.sds;

import dev.outrigger.h2.CallStatus;

/// The client of one call, where its responses go. Owned by the service's loop.
interface Peer<A> {
    /// Whether it takes more without piling up.
    boolean isReady();

    /// Nothing happens when the call is over.
    void send(A response);

    /// Ends the call, after what was sent.
    void end(CallStatus status);
}
