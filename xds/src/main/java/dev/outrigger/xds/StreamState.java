package dev.outrigger.xds;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What one client's stream has said and holds, so that the relay can say it again on a new upstream stream.
///
/// Pure: bytes and events in, bytes out. Owned by the stream's context.
sealed interface StreamState permits SotwState, DeltaState {
    /// @param keeper hears what the client accepts
    static StreamState of(Protocol protocol, Keeper keeper) {
        return protocol == Protocol.SOTW ? new SotwState(keeper) : new DeltaState(keeper);
    }

    /// Remembers what the client said.
    ///
    /// @return what to send upstream now: the message as it came, another in its stead, or null when nothing is
    ///     due
    byte @Nullable [] onRequest(Request request);

    /// Whether a message does nothing but answer a push of the open upstream stream that {@link #onPush} has not
    /// heard of: it goes upstream as it came, whatever is in that push.
    boolean isMereAnswer(Request request);

    /// Remembers what goes to the client.
    void onPush(Push push);

    /// A new upstream stream is there.
    ///
    /// @return what to say on it, in this order; the node is in the first
    List<byte[]> onUpstreamOpen();

    /// The upstream stream is gone: requests are only remembered from now on.
    void onUpstreamLost();

    /// The client's stream is gone. Lets go of all messages.
    void close();

    /// Whether the client has ever asked for the type.
    boolean isAsked(String typeUrl);

    /// Names subscribed to; 0 for a wildcard.
    int subscribed(String typeUrl);

    /// What a client that came with nothing wants now, in the order of its first requests. A type of which it
    /// came with something already is left out: it has its configuration.
    List<Wanted> wanted();

    /// A subscription.
    ///
    /// @param all everything of the type
    /// @param names as well
    record Wanted(String typeUrl, boolean all, Set<String> names) {}
}
