package dev.outrigger.xds;

import static java.lang.System.Logger.Level.DEBUG;
import static java.lang.System.Logger.Level.INFO;

import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.grpc.SynchronizationContext;
import java.net.ProtocolException;
import org.jspecify.annotations.Nullable;

/// One client's stream and the upstream stream that serves it now.
///
/// The client's stream outlives any number of upstream streams. At most one message is under way in each
/// direction: the next one is asked for when the other side can take it, so a slow side slows the other through
/// HTTP/2 and nothing queues here. While there is no upstream stream, the client's requests are read and
/// remembered, in bounded space.
///
/// All mutable fields are owned by `context`; methods that gRPC or others call hop to it.
final class RelayStream {
    private static final System.Logger log = System.getLogger(RelayStream.class.getName());

    private final long id;
    private final Protocol protocol;
    private final ServerCall<byte[], byte[]> client;
    private final XdsProxy.Parts parts;
    private final StreamReport report;
    private final StreamState state;
    private final HandledStream handled;
    private final Stopgap stopgap;
    private final SynchronizationContext context;

    private @Nullable ClientCall<byte[], byte[]> upstream;
    private boolean closed;
    private boolean clientAsked;
    private boolean upstreamAsked;
    private boolean upstreamAnswered;
    private int failures;

    RelayStream(long id, Protocol protocol, ServerCall<byte[], byte[]> client, XdsProxy.Parts parts) {
        this.id = id;
        this.protocol = protocol;
        this.client = client;
        this.parts = parts;
        this.report = new StreamReport(id, protocol, parts.observer(), parts.metrics(), parts.journal());
        this.stopgap = new Stopgap(parts.snapshot(id, protocol));
        this.state = StreamState.of(protocol, stopgap.keeper());
        this.handled = new HandledStream(this, protocol, parts.handled(), parts.lease(), report);
        this.context = new SynchronizationContext(this::crashed);
    }

    ServerCall.Listener<byte[]> start() {
        context.execute(() -> {
            client.sendHeaders(new Metadata());
            parts.upstream().want(this, 0);
            pump();
        });
        return new FromClient();
    }

    StreamReport report() {
        return report;
    }

    /// The upstream connection is ready for a stream.
    void open(Channel channel, Metadata headers) {
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
            stopgap.away(upstream != null);
            serveKept();
        });
    }

    /// This stream carries the types that the agent consumes from now on.
    void leaseGranted() {
        context.execute(() -> handled.granted(closed, upstream));
    }

    private void dial(Channel channel, Metadata headers) {
        context.throwIfNotInThisSynchronizationContext();
        var call = RawBytes.newCall(channel, protocol);
        upstream = call;
        stopgap.dialed();
        upstreamAsked = false;
        upstreamAnswered = false;
        call.start(new FromUpstream(call), headers);
        state.onUpstreamOpen().forEach(call::sendMessage);
        handled.opened(call);
        pump();
    }

    /// Asks each side for its next message if the other side can take it.
    private void pump() {
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

    private void onRequest(byte[] message) {
        context.throwIfNotInThisSynchronizationContext();
        clientAsked = false;
        if (closed) {
            return;
        }
        try {
            var request = Request.read(protocol, message);
            if (request.node() != null) {
                handled.nodeKnown();
                stopgap.node(request.node());
                report.node(Request.nodeId(request.node()));
            }
            relay(request);
        } catch (ProtocolException e) {
            close(Status.INVALID_ARGUMENT.withDescription("unreadable discovery request: " + e.getMessage()));
        }
        pump();
    }

    private void relay(Request request) {
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
        if (upstream != null && message != null) {
            upstream.sendMessage(message);
        }
        stopgap.answered(request.nonce());
        serveKept();
        handled.asked(request.typeUrl());
    }

    private void serveKept() {
        context.throwIfNotInThisSynchronizationContext();
        if (closed) {
            return;
        }
        for (var push : stopgap.due(state)) {
            state.onPush(push);
            client.sendMessage(push.raw());
            report.pushed(push);
            parts.upstream().served(this);
        }
    }

    private void onPush(ClientCall<byte[], byte[]> from, byte[] message) {
        context.throwIfNotInThisSynchronizationContext();
        if (closed || !from.equals(upstream)) {
            return;
        }
        upstreamAsked = false;
        if (!upstreamAnswered) {
            upstreamAnswered = true;
            stopgap.answeredByControlPlane();
            failures = 0;
            parts.upstream().answering(this);
        }
        try {
            var push = Push.read(protocol, message);
            if (handled.consumes(push.typeUrl())) {
                handled.consume(push, error -> context.execute(() -> consumed(from, push, error)));
            } else {
                state.onPush(push);
                client.sendMessage(message);
                report.pushed(push);
            }
        } catch (ProtocolException e) {
            lost(from, Status.INTERNAL.withDescription("unreadable discovery response: " + e.getMessage()));
            from.cancel("unreadable discovery response", e);
        }
        pump();
    }

    private void consumed(ClientCall<byte[], byte[]> from, Push push, @Nullable String error) {
        context.throwIfNotInThisSynchronizationContext();
        var answer = handled.answer(push, error);
        if (closed) {
            handled.closed();
        } else if (from.equals(upstream)) {
            from.sendMessage(answer);
        }
        pump();
    }

    private void lost(ClientCall<byte[], byte[]> call, Status status) {
        context.throwIfNotInThisSynchronizationContext();
        if (closed || !call.equals(upstream)) {
            return;
        }
        upstream = null;
        state.onUpstreamLost();
        failures++;
        var reason = XdsErrors.text(status);
        log.log(INFO, "upstream stream ended stream={0} status={1}", text(id), reason);
        parts.observer().upstreamEnded(id, reason);
        parts.upstream().streamLost(this, reason);
        parts.upstream().want(this, failures);
        pump();
    }

    private void close(@Nullable Status status) {
        context.throwIfNotInThisSynchronizationContext();
        if (closed) {
            return;
        }
        closed = true;
        if (status != null) {
            client.close(status, new Metadata());
        }
        if (upstream != null) {
            upstream.cancel("the client closed its stream", null);
        }
        parts.upstream().forget(this);
        handled.closed();
        parts.streams().remove(id);
        stopgap.closed();
        report.closed();
    }

    private void crashed(Thread thread, Throwable cause) {
        log.log(System.Logger.Level.ERROR, "relay stream failed, please report", cause);
        context.execute(() -> close(Status.INTERNAL.withDescription("relay failed: " + cause)));
    }

    private static String text(long number) {
        return Long.toString(number);
    }

    private final class FromClient extends ServerCall.Listener<byte[]> {
        @Override
        public void onMessage(byte[] message) {
            context.execute(() -> onRequest(message));
        }

        @Override
        public void onReady() {
            context.execute(RelayStream.this::pump);
        }

        @Override
        public void onHalfClose() {
            context.execute(() -> close(Status.OK));
        }

        @Override
        public void onCancel() {
            context.execute(() -> close(null));
        }
    }

    private final class FromUpstream extends ClientCall.Listener<byte[]> {
        private final ClientCall<byte[], byte[]> call;

        FromUpstream(ClientCall<byte[], byte[]> call) {
            this.call = call;
        }

        @Override
        public void onMessage(byte[] message) {
            context.execute(() -> onPush(call, message));
        }

        @Override
        public void onReady() {
            context.execute(RelayStream.this::pump);
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            context.execute(() -> lost(call, status));
        }
    }
}
