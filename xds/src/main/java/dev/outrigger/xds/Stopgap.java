package dev.outrigger.xds;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Decides when one client's stream is served from what is kept. Owned by the stream's context.
final class Stopgap {
    /// How often an upstream stream waits for the client's answer to what it was served, each time for a backoff
    /// at most: only what was answered can be told to the control plane as held.
    private static final int POSTPONEMENTS = 3;

    private final Protocol protocol;
    private final @Nullable StreamSnapshot snapshot;
    /// The control plane is away, and has never answered this stream.
    private boolean forsaken;
    /// The control plane has answered this stream, on whichever upstream stream.
    private boolean everAnswered;
    /// Something was served although an upstream stream was open, which so does not know that the client has it.
    private boolean unknown;

    private int postponed;

    /// @param snapshot null when nothing is kept
    Stopgap(Protocol protocol, @Nullable StreamSnapshot snapshot) {
        this.protocol = protocol;
        this.snapshot = snapshot;
    }

    Keeper keeper() {
        return snapshot == null ? Keeper.NONE : snapshot;
    }

    /// The client said who it is.
    void node(ClientNode node) {
        if (snapshot != null) {
            snapshot.node(node);
        }
    }

    /// The client answered the push with this nonce.
    void answered(String nonce) {
        if (snapshot != null) {
            snapshot.answered(nonce);
        }
    }

    /// The control plane is away.
    ///
    /// @param hasUpstream whether the stream has an upstream stream all the same
    void away(boolean hasUpstream) {
        forsaken = !everAnswered && !hasUpstream;
    }

    /// Whether it matters for how long the control plane is silent.
    boolean isPossible() {
        return snapshot != null && !everAnswered;
    }

    /// The control plane takes requests and never answered.
    void silent() {
        forsaken = !everAnswered;
    }

    /// Whether an upstream stream that could be opened now is to be waited with.
    boolean postpones() {
        return snapshot != null && snapshot.awaitsAnswer() && postponed++ < POSTPONEMENTS;
    }

    /// An upstream stream is opened.
    void dialed() {
        forsaken = false;
        unknown = false;
    }

    /// The control plane answers the stream.
    ///
    /// @return whether the upstream stream must be opened again, with what the client holds: a delta answer to
    ///     one that has nothing does not say what is gone
    boolean answeredByControlPlane() {
        forsaken = false;
        everAnswered = true;
        return unknown && protocol == Protocol.DELTA;
    }

    /// What the client is to be sent now.
    ///
    /// @param hasUpstream whether the stream has an upstream stream all the same
    List<Push> due(StreamState state, boolean hasUpstream) {
        var pushes = forsaken && snapshot != null ? snapshot.replies(state.wanted()) : List.<Push>of();
        unknown |= hasUpstream && !pushes.isEmpty();
        return pushes;
    }

    void closed() {
        if (snapshot != null) {
            snapshot.closed();
        }
    }
}
