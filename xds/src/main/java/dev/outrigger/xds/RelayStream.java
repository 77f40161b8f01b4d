package dev.outrigger.xds;

import static java.lang.System.Logger.Level.DEBUG;
import static java.lang.System.Logger.Level.INFO;

import dev.outrigger.h2.Call;
import dev.outrigger.h2.CallListener;
import dev.outrigger.h2.CallStatus;
import dev.outrigger.h2.H2Client;
import dev.outrigger.h2.RawMessage;
import java.net.ProtocolException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One client's stream and the upstream stream that serves it now.
///
/// The client's stream outlives any number of upstream streams. At most one message is under way in each
/// direction: the next one is asked for when the other side can take it, so a slow side slows the other through
/// HTTP/2 and nothing queues here. While there is no upstream stream, the client's requests are read and
/// remembered, in bounded space.
///
/// All mutable fields are owned by `context`; methods that others call hop to it.
final class RelayStream {
    private static final System.Logger log = System.getLogger(RelayStream.class.getName());

    private final long id;
    private final Protocol protocol;
    private final Call client;
    private final XdsProxy.Parts parts;
    private final StreamReport report;
    private final StreamState state;
    private final HandledStream handled;
    private final Stopgap stopgap;
    private final LoopContext context;
    private final Passing passing;

    private @Nullable Call upstream;
    private boolean closed;
    private boolean clientAsked;
    private boolean upstreamAsked;
    private boolean upstreamAnswered;
    private boolean asked;
    /// To another connection, once the push that is passed on is whole.
    private boolean moving;
    private int failures;

    RelayStream(long id, Protocol protocol, Call client, XdsProxy.Parts parts) {
        this.id = id;
        this.protocol = protocol;
        this.client = client;
        this.parts = parts;
        this.report = new StreamReport(id, protocol, parts.observer(), parts.metrics(), parts.journal());
        this.stopgap = new Stopgap(protocol, parts.snapshot(id, protocol));
        this.state = StreamState.of(protocol, stopgap.keeper());
        this.handled = new HandledStream(this, protocol, parts.handled(), parts.lease(), parts.health(), report);
        this.context = new LoopContext(parts.loop(), this::crashed);
        this.passing = new Passing(protocol, new PassedOn());
    }

    CallListener start() {
        context.execute(() -> {
            client.answer();
            parts.upstream().want(this, 0);
            pump();
        });
        return new FromClient(this, context);
    }

    StreamReport report() {
        return report;
    }

    /// The upstream connection is ready for a stream.
    void open(H2Client channel, Map<String, String> headers) {
        context.execute(() -> {
            if (closed || upstream != null) {
                return;
            }
            if (stopgap.postpones()) {
                parts.upstream().want(this, 1);
            } else {
                dial(channel, headers);
            }
        });
    }

    /// No stream can be had although the connection may be there, for example for want of a token.
    void refused(String reason) {
        context.execute(() -> {
            if (!closed && upstream == null) {
                parts.observer().upstreamEnded(id, reason);
                parts.upstream().want(this, ++failures);
            }
        });
    }

    /// Until it answers, the client is served from what is kept, unless it was served by it before.
    void controlPlaneAway() {
        context.execute(() -> {
            passing.settle();
            stopgap.away(upstream != null);
            serveKept();
        });
    }

    /// Another connection takes the place of the one that the stream is on.
    void move() {
        context.execute(() -> {
            passing.settle();
            moving = passing.isUnderWay();
            if (!closed && upstream != null && !moving) {
                reopen(upstream);
            }
        });
    }

    /// This stream carries the types that the agent consumes from now on.
    void leaseGranted() {
        context.execute(() -> handled.granted(closed, upstream));
    }

    /// The workload's health has changed.
    void healthChanged() {
        context.execute(() -> {
            if (!closed && upstream != null) {
                handled.reportHealth(upstream);
            }
        });
    }

    private void dial(H2Client channel, Map<String, String> headers) {
        context.requireInside();
        var from = new FromUpstream(this, context);
        var call = channel.call(protocol.path(), headers, from);
        from.is(call); // what it hears meanwhile waits for this to end
        upstream = call;
        stopgap.dialed();
        upstreamAsked = false;
        upstreamAnswered = false;
        asked = false;
        state.onUpstreamOpen().forEach(message -> ask(call, message));
        handled.opened(call);
        pump();
    }

    /// Sends the client's request on; from the first one on the control plane is to answer.
    private void ask(Call call, byte[] message) {
        call.send(RawMessage.of(message));
        if (!asked && stopgap.isPossible()) {
            var patience = parts.kept().patience();
            parts.upstream().after(patience, () -> context.execute(() -> silent(call, patience)));
        }
        asked = true;
    }

    private void silent(Call call, Duration since) {
        context.requireInside();
        if (!closed && call.equals(upstream) && !upstreamAnswered) {
            stopgap.silent();
            parts.upstream().silent(since);
            serveKept();
        }
    }

    /// Asks each side for its next message if the other side can take it.
    void pump() {
        if (closed) {
            return;
        }
        if (!clientAsked && (upstream == null || upstream.isReady())) {
            clientAsked = true;
            client.request(1);
        }
        if (upstream != null && !upstreamAsked && !handled.isHandling() && client.isReady()) {
            upstreamAsked = true;
            upstream.request(1);
        }
    }

    void onRequest(byte[] message) {
        context.requireInside();
        clientAsked = false;
        if (closed) {
            return;
        }
        try {
            var request = Request.read(protocol, message);
            boolean gone = goesAhead(request);
            passing.settle();
            var node = request.node();
            if (node != null) {
                handled.nodeKnown();
                stopgap.node(node);
                report.node(node.id());
            }
            relay(request, gone);
        } catch (ProtocolException e) {
            close(new CallStatus(CallStatus.INVALID_ARGUMENT, "unreadable discovery request: " + e.getMessage()));
        }
        pump();
    }

    /// The answer to a push that is not taken in yet need not wait for that, if it says nothing else.
    ///
    /// @return whether it has gone to the control plane
    private boolean goesAhead(Request request) {
        if (upstream == null || !passing.mayAnswer(request) || !state.isMereAnswer(request)) {
            return false;
        }
        upstream.send(RawMessage.of(request.raw()));
        return true;
    }

    /// @param gone it has gone to the control plane already
    private void relay(Request request, boolean gone) {
        if (handled.consumes(request.typeUrl())) {
            log.log(
                    DEBUG,
                    "client asks for a type the agent consumes stream={0} type={1}",
                    text(id),
                    request.typeUrl());
            return;
        }
        var message = state.onRequest(request);
        report.asked(request, state.subscribed(request.typeUrl()));
        if (upstream != null && message != null && !gone) {
            ask(upstream, message);
        }
        stopgap.answered(request.nonce());
        serveKept();
        handled.asked(request.typeUrl());
    }

    private void serveKept() {
        context.requireInside();
        if (closed || passing.isUnderWay()) {
            return;
        }
        for (var push : stopgap.due(state, upstream != null)) {
            state.onPush(push);
            client.send(RawMessage.of(push.raw().toBytes()));
            report.pushed(push);
            parts.upstream().served(this);
        }
    }

    /// A large push has begun to come in. It need not wait for its end when its first resource tells that it is
    /// the client's: the type of the response itself stands at its end.
    ///
    /// @return where to pass it on to; null when it must be seen first
    @Nullable
    Call passOn(Call from, RawMessage beginning) {
        context.requireInside();
        passing.settle();
        if (closed || !from.equals(upstream) || !upstreamAnswered) {
            return null;
        }
        var type = Push.firstType(protocol, Message.of(beginning));
        boolean isClients = state.isAsked(type) && !handled.consumes(type);
        if (!isClients) {
            return null;
        }
        passing.begin(type);
        return client;
    }

    void onPush(Call from, RawMessage message) {
        context.requireInside();
        passing.settle();
        if (closed || !from.equals(upstream)) {
            message.release();
            return;
        }
        upstreamAsked = false;
        if (!upstreamAnswered) {
            upstreamAnswered = true;
            failures = 0;
            parts.upstream().answering(this);
            if (stopgap.answeredByControlPlane()) {
                message.release();
                reopen(from);
                return;
            }
        }
        if (passing.isUnderWay()) {
            passing.end(message, parts.journal().clock().instant());
            if (moving) {
                passing.settle();
            }
        } else {
            read(from, message);
        }
        pump();
    }

    private void read(Call from, RawMessage message) {
        try {
            relay(from, Push.read(protocol, Message.of(message)).typed(), message);
        } catch (ProtocolException e) {
            message.release();
            unreadable(from, e);
        }
    }

    private void unreadable(Call from, ProtocolException why) {
        lost(from, new CallStatus(CallStatus.INTERNAL, "unreadable discovery response: " + why.getMessage()));
        from.cancel();
    }

    private void relay(Call from, Push push, RawMessage message) {
        if (handled.consumes(push.typeUrl())) {
            var own = push.onHeap();
            message.release();
            handled.consume(own, error -> context.execute(() -> consumed(from, own, error)));
        } else if (!state.isAsked(push.typeUrl())) {
            handled.refuse(push, from);
            message.release();
        } else {
            state.onPush(push);
            client.send(message);
            report.pushed(push);
        }
    }

    /// Another upstream stream takes the place of this one at once.
    private void reopen(Call call) {
        upstream = null;
        state.onUpstreamLost();
        call.cancel();
        parts.upstream().reopens(this);
    }

    private void consumed(Call from, Push push, @Nullable String error) {
        context.requireInside();
        var answer = handled.answer(push, error);
        if (closed) {
            handled.closed();
        } else if (from.equals(upstream)) {
            from.send(RawMessage.of(answer));
        }
        pump();
    }

    void lost(Call call, CallStatus status) {
        context.requireInside();
        passing.settle();
        if (closed || !call.equals(upstream)) {
            return;
        }
        upstream = null;
        moving = false;
        state.onUpstreamLost();
        failures++;
        var reason = status.text();
        log.log(INFO, "upstream stream ended stream={0} status={1}", text(id), reason);
        parts.observer().upstreamEnded(id, reason);
        parts.upstream().streamLost(this, reason);
        if (passing.isUnderWay()) {
            client.cancel(); // it has a part of a push, which nothing else can follow
            close(null);
            return;
        }
        parts.upstream().want(this, failures);
        pump();
    }

    /// @param status for the client; null when it is gone
    void close(@Nullable CallStatus status) {
        context.requireInside();
        passing.settle();
        if (closed) {
            return;
        }
        closed = true;
        if (status != null) {
            client.close(status);
        }
        if (upstream != null) {
            upstream.cancel();
        }
        parts.upstream().forget(this);
        handled.closed();
        state.close();
        parts.streams().remove(id);
        stopgap.closed();
        report.closed();
        parts.ended(report);
    }

    private void crashed(Throwable cause) {
        log.log(System.Logger.Level.ERROR, "relay stream failed, please report", cause);
        context.execute(() -> close(new CallStatus(CallStatus.INTERNAL, "relay failed: " + cause)));
    }

    /// What becomes of pushes that the client has already.
    private final class PassedOn implements Passing.Owner {
        @Override
        public void takeIn(Push push, Instant at) {
            state.onPush(push);
            report.pushed(push, at);
            if (moving && upstream != null) {
                moving = false;
                reopen(upstream);
            }
        }

        @Override
        public void unreadable(ProtocolException why) {
            if (upstream != null) {
                RelayStream.this.unreadable(upstream, why);
            }
        }

        @Override
        public void after(Duration delay, Runnable action) {
            parts.upstream().after(delay, () -> context.execute(action));
        }
    }

    private static String text(long number) {
        return Long.toString(number);
    }
}
