package dev.outrigger.h2;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;

/// One client of a server. Owned by its channel's loop.
final class ServerConnection extends H2Connection {
    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final AsciiString TYPE = AsciiString.cached("application/grpc");
    private static final AsciiString GRPC_STATUS = AsciiString.cached("grpc-status");
    private static final AsciiString GRPC_MESSAGE = AsciiString.cached("grpc-message");
    /// A client with more calls than this at once is out of its mind.
    private static final int MOST_CALLS = 1_000;

    private final CallHandler handler;
    private final Set<ServerConnection> all;
    private final ByteBuf preface = Unpooled.buffer(PREFACE.length, PREFACE.length);
    private int last;

    /// @param all connections of the server, which this one joins and leaves
    ServerConnection(H2Options options, CallHandler handler, Set<ServerConnection> all) {
        super(options);
        this.handler = handler;
        this.all = all;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        all.add(this);
        introduce(List.of(3, 4, 6), List.of(MOST_CALLS, options().streamWindow(), HeaderBlocks.MOST));
    }

    @Override
    void read(ByteBuf in) throws H2Exception {
        if (preface.isWritable()) {
            in.readBytes(preface, Math.min(preface.writableBytes(), in.readableBytes()));
            for (int i = 0; i < preface.readableBytes(); i++) {
                if (preface.getByte(i) != PREFACE[i]) {
                    throw new H2Exception(H2Exception.PROTOCOL_ERROR, "the client does not speak HTTP/2");
                }
            }
        }
        super.read(in);
    }

    @Override
    void headers(int stream, Http2Headers headers, boolean endOfStream) throws H2Exception {
        var known = calls().get(stream);
        if (known != null) {
            if (endOfStream) {
                known.endOfInput(); // trailers of a client say nothing
            }
            return;
        }
        if (stream <= last || (stream & 1) == 0) {
            throw new H2Exception(H2Exception.PROTOCOL_ERROR, "a stream has the number " + stream);
        }
        last = stream;
        if (calls().size() >= MOST_CALLS) {
            reset(stream, H2Exception.REFUSED_STREAM);
            return;
        }
        open(stream, headers);
        var call = calls().get(stream);
        if (endOfStream && call != null) {
            call.endOfInput();
        }
    }

    private void open(int stream, Http2Headers headers) {
        var method = headers.method();
        var type = headers.get("content-type");
        if (method == null || !method.toString().equals("POST") || type == null || !isGrpc(type)) {
            writeHeaders(stream, new DefaultHttp2Headers(false).status("415"), true);
            reset(stream, H2Exception.NO_ERROR);
            return;
        }
        var call = new Call(this, stream, options().streamWindow(), peerWindow());
        register(call);
        var path = headers.path() == null ? "" : headers.path().toString();
        var listener = handler.open(call, path);
        if (listener == null) {
            call.close(new CallStatus(CallStatus.UNIMPLEMENTED, "there is no method " + path));
        } else {
            call.listen(listener);
        }
    }

    private static boolean isGrpc(CharSequence type) {
        return type.toString().startsWith(TYPE.toString());
    }

    @Override
    void sendResponse(int stream) {
        writeHeaders(stream, new DefaultHttp2Headers(false).status("200").set("content-type", TYPE), false);
    }

    @Override
    void sendTrailers(int stream, CallStatus status, boolean hasHeaders) {
        var trailers = new DefaultHttp2Headers(false);
        if (!hasHeaders) {
            trailers.status("200").set("content-type", TYPE);
        }
        trailers.set(GRPC_STATUS, Integer.toString(status.code()));
        if (!status.message().isEmpty()) {
            trailers.set(GRPC_MESSAGE, status.encodedMessage());
        }
        writeHeaders(stream, trailers, true);
    }

    @Override
    void refused(int stream, int code, CallStatus status, boolean hasHeaders) {
        sendTrailers(stream, status, hasHeaders);
        reset(stream, H2Exception.NO_ERROR); // with another code clients drop the trailers
    }

    @Override
    int lastStream() {
        return last;
    }

    @Override
    void setting(int id, long value) {}

    @Override
    void settled() {}

    @Override
    void goingAway(int lastStream, String reason) {}

    @Override
    void pinged() {}

    @Override
    void over(String reason) {
        all.remove(this);
    }

    void shutDown() {
        close(H2Exception.NO_ERROR, "going down", new CallStatus(CallStatus.UNAVAILABLE, "going down"));
    }
}
