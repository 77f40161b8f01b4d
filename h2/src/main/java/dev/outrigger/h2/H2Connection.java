package dev.outrigger.h2;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.collection.IntObjectHashMap;
import io.netty.util.collection.IntObjectMap;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One HTTP/2 connection, what both sides have in common. Source: RFC 9113. Owned by its channel's loop.
@SuppressWarnings("FutureReturnValueIgnored") // a failed write reaches exceptionCaught
abstract class H2Connection extends InboundHandler implements FrameDecoder.Sink {
    /// Of the whole connection. Given back as it is used: what holds a sender back is the window of each stream,
    /// so that one that nobody reads holds back no other.
    private static final int CONNECTION_WINDOW = 16 << 20;

    private final H2Options options;
    private final FrameDecoder decoder = new FrameDecoder(this);
    private final HeaderBlocks blocks = new HeaderBlocks();
    private final IntObjectMap<Call> calls = new IntObjectHashMap<>();
    private final Sender sender = new Sender();
    private @Nullable ChannelHandlerContext context;
    private @Nullable FrameWriter frames;
    private long peerWindow = Frame.WINDOW;
    private long received;
    private boolean heard;
    private boolean closed;

    H2Connection(H2Options options) {
        this.options = options;
    }

    /// A set of headers came.
    abstract void headers(int stream, Http2Headers headers, boolean endOfStream) throws H2Exception;

    /// The peer's settings.
    abstract void setting(int id, long value);

    /// The peer told its settings, for the first time or again.
    abstract void settled();

    /// The peer will take no further streams.
    abstract void goingAway(int lastStream, String reason);

    /// A ping was answered.
    abstract void pinged();

    /// The connection is over; all calls have been told.
    abstract void over(String reason);

    final ChannelHandlerContext context() {
        if (context == null) {
            throw new IllegalStateException("not connected yet");
        }
        return context;
    }

    final FrameWriter frames() {
        if (frames == null) {
            throw new IllegalStateException("not connected yet");
        }
        return frames;
    }

    final H2Options options() {
        return options;
    }

    final IntObjectMap<Call> calls() {
        return calls;
    }

    /// Whether anything was read since the last time that this was asked.
    final boolean wasHeard() {
        boolean was = heard;
        heard = false;
        return was;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
        frames = new FrameWriter(added);
    }

    @Override
    public void channelRead(ChannelHandlerContext from, Object message) throws H2Exception {
        frames().gather();
        heard = true;
        try {
            if (!closed && message instanceof ByteBuf in) {
                read(in);
            }
        } catch (H2Exception e) {
            fail(e);
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    /// Bytes came.
    void read(ByteBuf in) throws H2Exception {
        decoder.decode(in);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext from) {
        List.copyOf(calls.values()).forEach(Call::readComplete); // one may end
        frames().flush();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext from) {
        sender.write(from);
    }

    @Override
    public void channelInactive(ChannelHandlerContext from) {
        ended("the connection was closed by the peer");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext from, Throwable cause) {
        ended(cause instanceof IOException ? SocketErrors.text(cause) : cause.toString());
        from.close();
    }

    @Override
    public void dataFrame(int stream, int length) throws H2Exception {
        received += length;
        if (received >= CONNECTION_WINDOW / 4) {
            frames().widen(0, (int) received);
            received = 0;
        }
        var call = calls.get(stream);
        if (call != null) {
            call.dataFrame(length);
        }
    }

    @Override
    public void data(int stream, ByteBuf in, int at, int count, boolean framed, long read) throws H2Exception {
        var call = calls.get(stream);
        if (call == null) {
            return; // reset a moment ago
        }
        try {
            call.data(in, at, count, framed, read);
        } catch (H2Exception e) {
            int code = e.code() == H2Exception.ENHANCE_YOUR_CALM ? CallStatus.RESOURCE_EXHAUSTED : CallStatus.INTERNAL;
            boolean hasHeaders = call.isAccepted();
            var status = new CallStatus(code, String.valueOf(e.getMessage()));
            call.ended(status);
            refused(stream, e.code(), status, hasHeaders);
        }
    }

    @Override
    public void endOfData(int stream) {
        var call = calls.get(stream);
        if (call != null) {
            call.endOfInput();
        }
    }

    @Override
    public void frame(int type, int flags, int stream, ByteBuf payload) throws H2Exception {
        if (blocks.isOpen() && type != Frame.CONTINUATION) {
            throw new H2Exception(H2Exception.PROTOCOL_ERROR, "headers were broken off");
        }
        switch (type) {
            case Frame.HEADERS, Frame.CONTINUATION -> {
                var block = blocks.add(type, flags, stream, payload);
                if (block != null) {
                    headers(block.stream(), block.headers(), block.endOfStream());
                }
            }
            case Frame.RST_STREAM -> resetByPeer(stream, payload);
            case Frame.SETTINGS -> settings(flags, payload);
            case Frame.PING -> ping(flags, payload);
            case Frame.GOAWAY -> {
                need(payload, 8);
                int last = payload.readInt() & Integer.MAX_VALUE;
                int code = payload.readInt();
                var text = payload.toString(StandardCharsets.UTF_8).replaceAll("[^\\x20-\\x7e]", "?");
                goingAway(
                        last,
                        "the peer sent GOAWAY " + H2Exception.name(code) + (text.isEmpty() ? "" : " (" + text + ")"));
            }
            case Frame.WINDOW_UPDATE -> widened(stream, payload);
            case Frame.PUSH_PROMISE ->
                throw new H2Exception(H2Exception.PROTOCOL_ERROR, "a push was promised, which nobody permitted");
            default -> {} // RFC 9113, 4.1: unknown types are ignored
        }
    }

    /// Has its messages sent as the windows permit.
    final void send(Call call) {
        sender.queue(call);
        sender.write(context());
    }

    final void register(Call call) {
        calls.put(call.id(), call);
    }

    void forget(Call call) {
        calls.remove(call.id());
        sender.forget(call);
    }

    final long peerWindow() {
        return peerWindow;
    }

    /// Lets the peer send more on a stream.
    final void widen(int stream, int by) {
        frames().widen(stream, by);
    }

    final void reset(int stream, int code) {
        if (!closed) {
            frames().reset(stream, code);
        }
    }

    final void writeHeaders(int stream, Http2Headers headers, boolean endOfStream) {
        if (closed) {
            return;
        }
        try {
            frames().write(blocks.encode(context().alloc(), stream, headers, endOfStream, sender.maxFrame()));
        } catch (H2Exception e) {
            fail(e);
        }
    }

    final void endSending(int stream) {
        if (!closed) {
            frames().end(stream);
        }
    }

    /// A server's call is accepted.
    void sendResponse(int stream) {
        throw new IllegalStateException("a client does not answer stream " + stream);
    }

    /// A server's call is over.
    ///
    /// @param hasHeaders whether the response was sent before
    void sendTrailers(int stream, CallStatus status, boolean hasHeaders) {
        throw new IllegalStateException("a client does not answer stream " + stream + " with " + status.code());
    }

    /// Tells our settings: the first frame of each side.
    final void introduce(List<Integer> ids, List<Integer> values) {
        frames().introduce(ids, values, CONNECTION_WINDOW);
    }

    /// Says goodbye and closes. Calls end with `status`.
    final void close(int code, String reason, CallStatus status) {
        if (closed) {
            return;
        }
        closed = true;
        frames().goAway(lastStream(), code, reason);
        context().close();
        endCalls(status);
        decoder.release();
        over(reason);
    }

    /// What the peer sent on a call ended it.
    ///
    /// @param hasHeaders whether the response was sent before
    void refused(int stream, int code, CallStatus status, boolean hasHeaders) {
        reset(stream, code);
    }

    /// The last stream of the peer's that we took up.
    int lastStream() {
        return 0;
    }

    final void fail(H2Exception e) {
        var reason = "HTTP/2: " + e.getMessage();
        close(e.code(), reason, new CallStatus(CallStatus.UNAVAILABLE, reason));
    }

    final void ended(String reason) {
        if (!closed) {
            closed = true;
            endCalls(closedStatus(reason));
            decoder.release();
            over(reason);
        }
    }

    /// What calls are told when the connection ends for this reason.
    CallStatus closedStatus(String reason) {
        return new CallStatus(CallStatus.UNAVAILABLE, reason);
    }

    final boolean hasContext() {
        return context != null;
    }

    final boolean isClosed() {
        return closed;
    }

    private void endCalls(CallStatus status) {
        List.copyOf(calls.values()).forEach(call -> call.ended(status));
    }

    private void resetByPeer(int stream, ByteBuf payload) throws H2Exception {
        need(payload, 4);
        var call = calls.get(stream);
        if (call != null) {
            call.ended(H2Exception.reset(payload.readInt()));
        }
    }

    private void settings(int flags, ByteBuf payload) throws H2Exception {
        if ((flags & Frame.ACK) != 0) {
            return;
        }
        while (payload.isReadable()) {
            need(payload, 6);
            int id = payload.readUnsignedShort();
            long value = payload.readUnsignedInt();
            switch (id) {
                case 1 -> blocks.tableSize(Math.min(value, 4096));
                case 4 -> initialWindow(value);
                case 5 -> maxFrame(value);
                default -> setting(id, value);
            }
        }
        frames().acknowledgeSettings();
        settled();
        sender.write(context());
    }

    private void initialWindow(long value) throws H2Exception {
        long by = value - peerWindow;
        peerWindow = value;
        for (var call : calls.values()) {
            if (value > Integer.MAX_VALUE || !call.out().widen(by)) {
                throw new H2Exception(H2Exception.FLOW_CONTROL_ERROR, "a window of more than 2 GiB");
            }
        }
    }

    private void maxFrame(long value) throws H2Exception {
        if (value < Frame.PAYLOAD || value > 0xffffff) {
            throw new H2Exception(H2Exception.PROTOCOL_ERROR, "frames of at most " + value + " bytes");
        }
        sender.maxFrame((int) value);
    }

    private void ping(int flags, ByteBuf payload) throws H2Exception {
        need(payload, 8);
        if ((flags & Frame.ACK) != 0) {
            pinged();
        } else {
            frames().answerPing(payload);
        }
    }

    private void widened(int stream, ByteBuf payload) throws H2Exception {
        need(payload, 4);
        int by = payload.readInt() & Integer.MAX_VALUE;
        if (stream == 0) {
            if (by == 0 || !sender.widen(by)) {
                throw new H2Exception(H2Exception.FLOW_CONTROL_ERROR, "a window grew by " + by);
            }
        } else {
            var call = calls.get(stream);
            if (call != null && (by == 0 || !call.out().widen(by))) {
                call.ended(new CallStatus(CallStatus.INTERNAL, "a window grew by " + by));
                reset(stream, H2Exception.FLOW_CONTROL_ERROR);
            }
        }
        sender.write(context());
    }

    private static void need(ByteBuf payload, int bytes) throws H2Exception {
        if (payload.readableBytes() < bytes) {
            throw new H2Exception(H2Exception.FRAME_SIZE_ERROR, "a frame is shorter than its type needs");
        }
    }
}
