package dev.outrigger.xds;

import dev.outrigger.h2.Call;
import dev.outrigger.h2.RawMessage;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One client's stream as a carrier of the types that the agent consumes: whether it has the lease, and the
/// pushes of those types that came on it. Owned by the stream's context.
final class HandledStream {
    private static final String LISTENER = "type.googleapis.com/envoy.config.listener.v3.Listener";

    private static final String UNASKED = "no client has asked for this type on this stream; it is not forwarded";
    /// Types that a control plane makes up, in the journal.
    private static final int MOST_UNASKED = 16;

    private final RelayStream stream;
    private final Protocol protocol;
    private final HandledTypes types;
    private final HandlerLease lease;
    private final StreamReport report;
    private final HandledState state;
    private final HealthReport health;
    private final Set<String> unasked = new HashSet<>();
    private boolean nodeKnown;
    private boolean candidate;
    private boolean leased;
    private boolean handling;

    HandledStream(
            RelayStream stream,
            Protocol protocol,
            HandledTypes types,
            HandlerLease lease,
            HealthReport health,
            StreamReport report) {
        this.health = health;
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
        if (!candidate && nodeKnown && typeUrl.equals(LISTENER)) {
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
        unasked.clear();
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

    /// Answers a push of a type that nobody asked for, which clients drop without an answer. The control plane
    /// hears of it once: a NACK makes some send the push again.
    void refuse(Push push, Call upstream) {
        if (unasked.size() < MOST_UNASKED && unasked.add(push.typeUrl())) {
            report.pushed(push);
            report.answeredByAgent(push, UNASKED);
            upstream.send(RawMessage.of(state.answer(push, UNASKED)));
        }
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
        reportHealth(upstream);
    }

    /// Tells the control plane how the workload is, if this stream is the one that does.
    void reportHealth(Call upstream) {
        var message = leased ? health.message(protocol) : null;
        if (message != null) {
            upstream.send(RawMessage.of(message));
        }
    }
}
