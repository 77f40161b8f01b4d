package dev.outrigger.h2;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/// Cuts what was read into frames, however it was read. Data is handed on in the parts in which it came, all else
/// as whole frames. Source: RFC 9113, sections 4 to 6. Owned by the connection's loop.
final class FrameDecoder {
    private static final int NOT_READ = -1;

    private final Sink sink;
    private final ByteBuf head = Unpooled.buffer(Frame.HEAD, Frame.HEAD);
    private boolean inFrame;
    private int type;
    private int flags;
    private int stream;
    /// Payload to come.
    private int left;
    /// At the end of the payload.
    private int padding;
    private long read;
    private @Nullable ByteBuf parts;

    /// Takes frames.
    interface Sink {
        /// A DATA frame begins.
        ///
        /// @param length of its payload, padding included, as flow control counts it
        void dataFrame(int stream, int length) throws H2Exception;

        /// Some bytes of its payload.
        ///
        /// @param in not to be released, its indices not to be moved
        /// @param framed the payload is whole, and its head lies in front of it in `in`
        /// @param read number of the read that brought `in`
        void data(int stream, ByteBuf in, int at, int count, boolean framed, long read) throws H2Exception;

        /// The peer will send no more on the stream.
        void endOfData(int stream) throws H2Exception;

        /// A frame of any other type.
        ///
        /// @param payload not to be released
        void frame(int type, int flags, int stream, ByteBuf payload) throws H2Exception;
    }

    FrameDecoder(Sink sink) {
        this.sink = sink;
    }

    /// @param in stays the caller's
    void decode(ByteBuf in) throws H2Exception {
        read++;
        while (inFrame || in.isReadable()) {
            if (!inFrame && !begin(in)) {
                return;
            }
            boolean over = type == Frame.DATA ? data(in) : other(in);
            if (!over) {
                return;
            }
            inFrame = false;
        }
    }

    void release() {
        if (parts != null) {
            parts.release();
            parts = null;
        }
    }

    private boolean begin(ByteBuf in) throws H2Exception {
        boolean whole = !head.isReadable() && in.readableBytes() >= Frame.HEAD;
        if (whole) {
            begin(in, in.readerIndex());
            in.skipBytes(Frame.HEAD);
            if (type == Frame.DATA && padding == 0 && left > 0 && in.readableBytes() >= left) {
                sink.data(stream, in, in.readerIndex(), left, true, read);
                in.skipBytes(left);
                left = 0;
            }
            return true;
        }
        in.readBytes(head, Math.min(head.writableBytes(), in.readableBytes()));
        if (head.isWritable()) {
            return false;
        }
        begin(head, 0);
        head.clear();
        return true;
    }

    private void begin(ByteBuf from, int at) throws H2Exception {
        left = from.getUnsignedMedium(at);
        type = from.getUnsignedByte(at + 3);
        flags = from.getUnsignedByte(at + 4);
        stream = from.getInt(at + 5) & Integer.MAX_VALUE;
        inFrame = true;
        if (left > Frame.PAYLOAD) {
            throw new H2Exception(
                    H2Exception.FRAME_SIZE_ERROR,
                    "a frame of type " + type + " with " + left + " bytes where at most " + Frame.PAYLOAD
                            + " were permitted; is this HTTP/2?");
        }
        if (type == Frame.DATA) {
            padding = (flags & Frame.PADDED) == 0 ? 0 : NOT_READ;
            sink.dataFrame(stream, left);
        }
    }

    private boolean data(ByteBuf in) throws H2Exception {
        if (padding == NOT_READ) {
            if (left > 0 && !in.isReadable()) {
                return false;
            }
            padding = left > 0 ? in.readUnsignedByte() : 1;
            if (padding >= left) {
                throw new H2Exception(H2Exception.PROTOCOL_ERROR, "a frame has more padding than payload");
            }
            left--;
        }
        int count = Math.min(left - padding, in.readableBytes());
        if (count > 0) {
            sink.data(stream, in, in.readerIndex(), count, false, read);
            in.skipBytes(count);
            left -= count;
        }
        if (left == padding) {
            int skipped = Math.min(left, in.readableBytes());
            in.skipBytes(skipped);
            left -= skipped;
            padding -= skipped;
        }
        if (left > 0) {
            return false;
        }
        if ((flags & Frame.END_STREAM) != 0) {
            sink.endOfData(stream);
        }
        return true;
    }

    private boolean other(ByteBuf in) throws H2Exception {
        if (parts == null && in.readableBytes() >= left) {
            sink.frame(type, flags, stream, in.readSlice(left));
            return true;
        }
        if (parts == null) {
            parts = Unpooled.buffer(left);
        }
        int count = Math.min(left, in.readableBytes());
        parts.writeBytes(in, count);
        left -= count;
        if (left > 0) {
            return false;
        }
        var whole = parts;
        parts = null;
        sink.frame(type, flags, stream, whole);
        return true;
    }
}
