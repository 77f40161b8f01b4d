package dev.outrigger.xds;

import dev.outrigger.h2.Call;
import dev.outrigger.h2.RawMessage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One client's stream as a carrier of the types that the agent consumes: whether it has the lease, and the
/// pushes of those types that came on it. Owned by the stream's context.
final class HandledStream {
    private static final String LISTENER = "type.googleapis.com/envoy.config.listener.v3.Listener";

    private final RelayStream stream;
    private final Protocol protocol;
    private final HandledTypes types;
    private final HandlerLease lease;
    private final StreamReport report;
    private final HandledState state;
    private boolean nodeKnown;
    private boolean candidate;
    private boolean leased;
    private boolean handling;

    HandledStream(RelayStream stream, Protocol protocol, HandledTypes types, HandlerLease lease, StreamReport report) {
        this.stream = stream;
        this.protocol = protocol;
        this.types = types;
        this.lease = lease;
        this.report = report;
        this.state = new HandledState(protocol);
    }

    boolean consumes(String typeUrl) {
        return types.types().contains(typeUrl);
    }

    /// A push is in a handler's hands.
    boolean isHandling() {
        return handling;
    }

    /// The client said who it is: the control plane can tell whose types they are to be.
    void nodeKnown() {
        nodeKnown = true;
    }

    /// The client asked for a type; listeners make the stream a candidate, after what Envoy needs first.
    void asked(String typeUrl) {
        if (!candidate
                && nodeKnown
                && typeUrl.equals(LISTENER)
                && !types.types().isEmpty()) {
            candidate = true;
            lease.join(stream);
        }
    }

    /// The stream carries the types from now on.
    void granted(boolean closed, @Nullable Call upstream) {
        leased = true;
        if (closed) {
            lease.leave(stream);
        } else if (upstream != null) {
            subscribe(upstream);
        }
    }

    /// Asks for the types on a new upstream stream, if it is this stream's turn.
    void opened(Call upstream) {
        if (leased) {
            subscribe(upstream);
        }
    }

    /// Hands a push over.
    ///
    /// @param done hears on any thread why it was refused, or null; must have {@link #answer} called
    void consume(Push push, Consumer<@Nullable String> done) {
        handling = true;
        report.pushed(push);
        types.accept(protocol, push, done);
    }

    /// What to tell the control plane about a push that was handed over.
    byte[] answer(Push push, @Nullable String error) {
        handling = false;
        report.answeredByAgent(push, error);
        return state.answer(push, error);
    }

    /// The client's stream is closed. A push in the handler's hands must be done before the next stream may bring
    /// one.
    void closed() {
        if (!handling) {
            lease.leave(stream);
        }
    }

    private void subscribe(Call upstream) {
        for (var typeUrl : types.types()) {
            upstream.send(RawMessage.of(state.subscribe(typeUrl)));
            report.askedByAgent(typeUrl);
        }
    }
}
