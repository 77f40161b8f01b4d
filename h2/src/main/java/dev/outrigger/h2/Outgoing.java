package dev.outrigger.h2;

import dev.outrigger.h2.RawMessage.Piece;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import java.util.ArrayDeque;
import java.util.Deque;

/// What one stream still has to send, cut into DATA frames as the windows open. Owned by the connection's loop.
@SuppressWarnings("FutureReturnValueIgnored") // a failed write reaches exceptionCaught
final class Outgoing {
    private final int stream;
    private final Deque<Piece> pieces = new ArrayDeque<>();
    /// Payload that is in `pieces`, prefixes included.
    private long queued;
    private long window;

    Outgoing(int stream, long window) {
        this.stream = stream;
        this.window = window;
    }

    void add(ChannelHandlerContext context, RawMessage message) {
        pieces.addAll(message.toSend(context.alloc()));
        queued += RawMessage.PREFIX + message.length();
        message.release();
    }

    /// A message of which the pieces are yet to come.
    void expect(int length) {
        queued += RawMessage.PREFIX + length;
    }

    /// A piece of the message that is expected.
    ///
    /// @param piece taken over
    void pass(Piece piece) {
        pieces.add(piece);
    }

    long queued() {
        return queued;
    }

    boolean isEmpty() {
        return pieces.isEmpty();
    }

    /// Whether the stream's own window lets something through.
    boolean canSend() {
        return window > 0 && !pieces.isEmpty();
    }

    /// A window may become negative when the peer changes its settings. Source: RFC 9113, 6.9.2.
    ///
    /// @return false when the window becomes larger than it may
    boolean widen(long by) {
        window += by;
        return window <= Integer.MAX_VALUE;
    }

    void release() {
        pieces.forEach(piece -> piece.bytes().release());
        pieces.clear();
        queued = 0;
    }

    /// Writes what the windows permit, without flushing.
    ///
    /// @param most bytes of payload, the connection's window and the stream's fair share
    /// @param maxFrame that the peer permits
    /// @return bytes of payload written
    int write(ChannelHandlerContext context, int most, int maxFrame) {
        int written = 0;
        while (!pieces.isEmpty()) {
            int allowed = (int) Math.min(most - written, window);
            if (allowed <= 0) {
                break;
            }
            var piece = pieces.poll();
            int step = piece.framed()
                    ? framed(context, piece.bytes(), allowed, maxFrame)
                    : bare(context, piece.bytes(), Math.min(allowed, maxFrame));
            written += step;
            window -= step;
        }
        queued -= written;
        return written;
    }

    /// Passes on the frames that fit as they are, with our stream written over the peer's.
    private int framed(ChannelHandlerContext context, ByteBuf bytes, int allowed, int maxFrame) {
        int position = bytes.readerIndex();
        int payload = 0;
        while (position < bytes.writerIndex()) {
            int length = bytes.getUnsignedMedium(position);
            if (length > maxFrame || length > allowed - payload) {
                break;
            }
            Frame.head(bytes, position, length, Frame.DATA, 0, stream);
            position += Frame.HEAD + length;
            payload += length;
        }
        if (position == bytes.writerIndex()) {
            context.write(bytes, context.voidPromise());
        } else if (payload > 0) {
            context.write(bytes.readRetainedSlice(position - bytes.readerIndex()), context.voidPromise());
            pieces.addFirst(new Piece(bytes, true));
        } else {
            payload = split(context, bytes, Math.min(allowed, maxFrame));
        }
        return payload;
    }

    /// Sends the beginning of a frame that does not fit. The rest cannot have a head in front of it any more:
    /// those bytes are on their way.
    private int split(ChannelHandlerContext context, ByteBuf bytes, int fits) {
        int length = bytes.readUnsignedMedium();
        bytes.skipBytes(Frame.HEAD - 3);
        var payload = bytes.readRetainedSlice(length);
        if (bytes.isReadable()) {
            pieces.addFirst(new Piece(bytes, true));
        } else {
            bytes.release();
        }
        return bare(context, payload, fits);
    }

    private int bare(ChannelHandlerContext context, ByteBuf bytes, int most) {
        int count = Math.min(most, bytes.readableBytes());
        context.write(
                Frame.head(context.alloc().directBuffer(Frame.HEAD), count, Frame.DATA, 0, stream),
                context.voidPromise());
        if (count == bytes.readableBytes()) {
            context.write(bytes, context.voidPromise());
        } else {
            context.write(bytes.readRetainedSlice(count), context.voidPromise());
            pieces.addFirst(new Piece(bytes, false));
        }
        return count;
    }
}
