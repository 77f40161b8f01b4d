package dev.outrigger.h2;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The client's side of a connection. Owned by its channel's loop.
@SuppressWarnings("FutureReturnValueIgnored") // a failed write reaches exceptionCaught
final class ClientConnection extends H2Connection {
    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final AsciiString GRPC_STATUS = AsciiString.cached("grpc-status");
    private static final AsciiString GRPC_MESSAGE = AsciiString.cached("grpc-message");
    private static final int MAX_CONCURRENT_STREAMS = 3;

    private final String authority;
    private final boolean secure;
    private final H2Client.Listener listener;
    private int next = 1;
    private long mostCalls = Long.MAX_VALUE;
    private boolean ready;
    private boolean leaving;
    private boolean silenced;
    private String farewell = "";
    private @Nullable Future<?> pings;
    private boolean pingUnanswered;

    ClientConnection(H2Options options, String authority, boolean secure, H2Client.Listener listener) {
        super(options);
        this.authority = authority;
        this.secure = secure;
        this.listener = listener;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        if (!secure) {
            begin();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof SslHandshakeCompletionEvent handshake) {
            var ssl = context.pipeline().get(SslHandler.class);
            if (!handshake.isSuccess()) {
                endedByTls("TLS handshake failed: ", handshake.cause());
                context.close();
            } else if (ssl == null || !"h2".equals(ssl.applicationProtocol())) {
                ended("TLS without HTTP/2: the server does not offer h2 by ALPN");
                context.close();
            } else {
                begin();
            }
        }
    }

    /// With TLS 1.3 a server that refuses a certificate says so after the handshake.
    @Override
    public void exceptionCaught(ChannelHandlerContext from, Throwable cause) {
        if (cause instanceof DecoderException && secure) {
            endedByTls("TLS failed: ", cause);
        }
        super.exceptionCaught(from, cause);
    }

    private void endedByTls(String what, Throwable cause) {
        var alert = TlsAlert.in(cause);
        if (alert != null && alert.refusesCertificate() && !silenced && !isClosed()) {
            listener.onCertificateRefused(alert.name());
        }
        ended(what + (alert == null ? innermost(cause) : alert.text()));
    }

    /// @param headers in lower case
    Call call(String path, Map<String, String> headers, CallListener hearing) {
        var call = new Call(this, next, options().streamWindow(), peerWindow());
        call.listen(hearing);
        call.isAnswered();
        if (isClosed() || leaving || !ready || calls().size() >= mostCalls) {
            call.ended(new CallStatus(
                    CallStatus.UNAVAILABLE,
                    calls().size() >= mostCalls
                            ? "the server permits no more than " + mostCalls + " calls at once"
                            : "the connection is not ready"));
            return call;
        }
        next += 2;
        register(call);
        var request = new DefaultHttp2Headers(false)
                .method("POST")
                .scheme(secure ? "https" : "http")
                .authority(authority)
                .path(path)
                .set("content-type", "application/grpc")
                .set("te", "trailers")
                .set("user-agent", "outrigger");
        headers.forEach(request::set);
        writeHeaders(call.id(), request, false);
        return call;
    }

    void shutdown() {
        leaving = true;
        silenced = true;
        if (hasContext()) {
            leave();
        }
    }

    void shutNow() {
        silenced = true;
        if (hasContext()) {
            close(H2Exception.NO_ERROR, "", new CallStatus(CallStatus.UNAVAILABLE, "the connection was closed"));
        }
    }

    private void leave() {
        if (calls().isEmpty() && !isClosed()) {
            close(H2Exception.NO_ERROR, "", closedStatus(""));
        }
    }

    @Override
    void headers(int stream, Http2Headers headers, boolean endOfStream) {
        var call = calls().get(stream);
        if (call == null) {
            return;
        }
        var status = headers.status();
        if (status != null && !status.toString().equals("200")) {
            if (status.toString().startsWith("1")) {
                return;
            }
            call.ended(CallStatus.ofHttp(status));
            if (!endOfStream) {
                reset(stream, H2Exception.CANCEL);
            }
        } else if (endOfStream) {
            call.ended(trailers(call, headers));
        }
    }

    private static CallStatus trailers(Call call, Http2Headers headers) {
        var code = headers.get(GRPC_STATUS);
        if (code == null) {
            return new CallStatus(CallStatus.UNKNOWN, "the server ended the stream without a status");
        }
        var message = headers.get(GRPC_MESSAGE);
        if (!call.isAtBoundary()) {
            return new CallStatus(
                    CallStatus.INTERNAL,
                    "the server ended the stream within a message" + (message == null ? "" : ": " + message));
        }
        return CallStatus.ofTrailers(code, message == null ? "" : message);
    }

    @Override
    public void endOfData(int stream) {
        var call = calls().get(stream);
        if (call != null) {
            call.ended(new CallStatus(CallStatus.UNKNOWN, "the server ended the stream without a status"));
        }
    }

    @Override
    void forget(Call call) {
        super.forget(call);
        if (leaving && calls().isEmpty() && !isClosed()) {
            context().executor().execute(this::leave); // what ends the call may have a frame to write yet
        }
    }

    @Override
    void setting(int id, long value) {
        if (id == MAX_CONCURRENT_STREAMS) {
            mostCalls = value;
        }
    }

    @Override
    void settled() {
        if (!ready) {
            ready = true;
            if (!silenced) {
                listener.onReady();
            }
        }
    }

    @Override
    void goingAway(int lastStream, String reason) {
        leaving = true;
        farewell = reason;
        if (!silenced) {
            listener.onGoAway(reason);
        }
        List.copyOf(calls().values()).stream()
                .filter(call -> call.id() > lastStream)
                .forEach(call -> call.ended(new CallStatus(CallStatus.UNAVAILABLE, reason)));
        leave();
    }

    @Override
    CallStatus closedStatus(String reason) {
        return new CallStatus(CallStatus.UNAVAILABLE, farewell.isEmpty() ? reason : farewell);
    }

    @Override
    void pinged() {
        pingUnanswered = false;
    }

    @Override
    void over(String reason) {
        if (pings != null) {
            pings.cancel(false);
        }
        if (!silenced) {
            silenced = true;
            listener.onClosed(farewell.isEmpty() ? reason : farewell);
        }
    }

    private void begin() {
        context()
                .write(
                        context().alloc().directBuffer(PREFACE.length).writeBytes(PREFACE),
                        context().voidPromise());
        introduce(List.of(2, 4, 6), List.of(0, options().streamWindow(), HeaderBlocks.MOST));
        long every = options().pingEvery().toNanos();
        if (every > 0) {
            pings = context().executor().scheduleWithFixedDelay(this::ping, every, every, TimeUnit.NANOSECONDS);
        }
    }

    private void ping() {
        if (wasHeard() || calls().isEmpty() || pingUnanswered) {
            return;
        }
        pingUnanswered = true;
        frames().ping();
        var _ = context()
                .executor()
                .schedule(
                        () -> {
                            if (pingUnanswered && !wasHeard() && !isClosed()) {
                                ended("no answer to a ping within " + options().pingTimeout());
                                context().close();
                            }
                            pingUnanswered = false;
                        },
                        options().pingTimeout().toNanos(),
                        TimeUnit.NANOSECONDS);
    }

    private static String innermost(Throwable failure) {
        var cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return SocketErrors.text(cause);
    }
}
