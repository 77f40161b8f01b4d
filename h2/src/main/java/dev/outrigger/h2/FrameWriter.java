package dev.outrigger.h2;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Writes all frames of one connection but DATA. Source: RFC 9113, section 6. Owned by the connection's loop.
@SuppressWarnings("FutureReturnValueIgnored") // a failed write reaches exceptionCaught
final class FrameWriter {
    private static final int MOST_OWED = 1_000;

    private final ChannelHandlerContext context;
    private boolean gathering;
    /// Answers to pings and settings that the peer has not read, once much waits for it.
    private int owed;

    FrameWriter(ChannelHandlerContext context) {
        this.context = context;
    }

    /// Writes go out together, with the next {@link #flush}.
    void gather() {
        gathering = true;
    }

    void flush() {
        gathering = false;
        context.flush();
    }

    void write(ByteBuf frame) {
        if (gathering) {
            context.write(frame, context.voidPromise());
        } else {
            context.writeAndFlush(frame, context.voidPromise());
        }
    }

    /// Tells our settings, the first frame of each side, and widens the connection's window.
    void introduce(List<Integer> ids, List<Integer> values, int connectionWindow) {
        var out = context.alloc().directBuffer(64);
        Frame.head(out, ids.size() * 6, Frame.SETTINGS, 0, 0);
        for (int i = 0; i < ids.size(); i++) {
            out.writeShort(ids.get(i)).writeInt(values.get(i));
        }
        Frame.head(out, 4, Frame.WINDOW_UPDATE, 0, 0).writeInt(connectionWindow - Frame.WINDOW);
        context.writeAndFlush(out, context.voidPromise());
    }

    /// Lets the peer send more, on a stream or (0) on all.
    void widen(int stream, int by) {
        write(head(4, Frame.WINDOW_UPDATE, 0, stream).writeInt(by));
    }

    void reset(int stream, int code) {
        write(head(4, Frame.RST_STREAM, 0, stream).writeInt(code));
    }

    /// Nothing more comes on a stream.
    void end(int stream) {
        write(head(0, Frame.DATA, Frame.END_STREAM, stream));
    }

    void ping() {
        write(head(8, Frame.PING, 0, 0).writeLong(0));
    }

    void answerPing(ByteBuf payload) throws H2Exception {
        owe();
        write(head(8, Frame.PING, Frame.ACK, 0).writeBytes(payload, 8));
    }

    void acknowledgeSettings() throws H2Exception {
        owe();
        write(head(0, Frame.SETTINGS, Frame.ACK, 0));
    }

    void goAway(int lastStream, int code, String reason) {
        var text = reason.getBytes(StandardCharsets.UTF_8);
        context.writeAndFlush(head(8 + text.length, Frame.GOAWAY, 0, 0)
                .writeInt(lastStream)
                .writeInt(code)
                .writeBytes(text));
    }

    private ByteBuf head(int payload, int type, int flags, int stream) {
        return Frame.head(context.alloc().directBuffer(Frame.HEAD + payload), payload, type, flags, stream);
    }

    /// A peer that asks and never reads must not fill the memory. Source: RFC 9113, 10.5.
    private void owe() throws H2Exception {
        owed = context.channel().isWritable() ? 0 : owed + 1;
        if (owed > MOST_OWED) {
            throw new H2Exception(H2Exception.ENHANCE_YOUR_CALM, "the peer does not read the answers it asks for");
        }
    }
}
