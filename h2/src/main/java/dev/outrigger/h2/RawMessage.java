package dev.outrigger.h2;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// One gRPC message as it came: the very bytes, in the network buffers that brought them.
///
/// A large one holds memory outside the heap until it is released as often as it was retained, plus once. Sending
/// releases once. Any thread may read it as long as it is retained, and release it. A small one
/// ({@link #isSmall}) needs no release.
public final class RawMessage {
    /// Compression flag and length, in front of each message.
    static final int PREFIX = 5;
    /// Up to here a message is copied rather than holding a network buffer.
    static final int SMALL = 8_192;

    private static final byte[] NOTHING = {};

    private final byte[] small;
    private final List<Piece> pieces;
    private final int length;
    /// Null for a small one.
    private final @Nullable AtomicInteger references;

    /// Some bytes of a prefixed message.
    ///
    /// @param bytes from its reader index on
    /// @param framed the bytes are whole DATA frames, heads included, so that they can be passed on by writing
    ///     over the heads
    record Piece(ByteBuf bytes, boolean framed) {}

    private RawMessage(byte[] small, List<Piece> pieces, int length) {
        this.small = small;
        this.pieces = pieces;
        this.length = length;
        this.references = pieces.isEmpty() ? null : new AtomicInteger(1);
    }

    /// A message of our own making.
    ///
    /// @param bytes not to be changed any more
    public static RawMessage of(byte[] bytes) {
        return new RawMessage(bytes, List.of(), bytes.length);
    }

    /// @param pieces with the prefix, taken over
    static RawMessage of(List<Piece> pieces, int length) {
        return new RawMessage(NOTHING, pieces, length);
    }

    /// In bytes.
    public int length() {
        return length;
    }

    /// Whether it is on the heap alone.
    public boolean isSmall() {
        return pieces.isEmpty();
    }

    /// Keeps the buffers until one more release.
    public RawMessage retain() {
        if (references != null) {
            references.incrementAndGet();
        }
        return this;
    }

    /// Gives the buffers back, the last time it is called. Nothing may be read then.
    public void release() {
        if (references != null && references.decrementAndGet() == 0) {
            pieces.forEach(piece -> piece.bytes().release());
        }
    }

    /// A copy on the heap, or the very bytes of a small one.
    public byte[] toBytes() {
        if (isSmall()) {
            return small;
        }
        var bytes = new byte[length];
        new Reader().read(bytes, 0, length);
        return bytes;
    }

    /// Reads from the first byte on.
    public Reader reader() {
        return new Reader();
    }

    /// What to send, prefix included; its bytes are to be released one by one. Framed wherever that costs
    /// nothing.
    List<Piece> toSend(ByteBufAllocator allocator) {
        if (isSmall()) {
            return List.of(copied(allocator));
        }
        var shared = new ArrayList<Piece>(pieces.size());
        pieces.forEach(piece -> shared.add(new Piece(piece.bytes().retainedDuplicate(), piece.framed())));
        return shared;
    }

    private Piece copied(ByteBufAllocator allocator) {
        int payload = PREFIX + length;
        boolean framed = payload <= Frame.PAYLOAD;
        var bytes = allocator.directBuffer(payload + (framed ? Frame.HEAD : 0));
        if (framed) {
            Frame.head(bytes, payload, Frame.DATA, 0, 0);
        }
        bytes.writeByte(0).writeInt(length).writeBytes(small);
        return new Piece(bytes, framed);
    }

    /// Reads one message from its start to its end.
    public final class Reader {
        private int piece;
        private int position = -1; // in the piece; -1: at its first byte
        private int inFrame; // bytes to come of the frame that is read now
        private int done;

        private Reader() {
            if (!isSmall()) {
                done = -PREFIX;
                skip(PREFIX);
            }
        }

        /// How many bytes are still to be read.
        public int remaining() {
            return length - done;
        }

        /// Copies the next bytes.
        ///
        /// @return how many; `count` unless the message ends before
        public int read(byte[] into, int at, int count) {
            int wanted = Math.min(count, remaining());
            if (isSmall()) {
                System.arraycopy(small, done, into, at, wanted);
                done += wanted;
            } else {
                walk(into, at, wanted);
            }
            return wanted;
        }

        /// Passes over the next bytes.
        public void skip(int count) {
            if (isSmall()) {
                done += count;
            } else {
                walk(NOTHING, 0, count);
            }
        }

        private void walk(byte[] into, int at, int count) {
            int left = count;
            while (left > 0) {
                var current = pieces.get(piece);
                enter(current);
                int step = Math.min(left, inFrame);
                if (into.length > 0) {
                    current.bytes().getBytes(position, into, at + count - left, step);
                }
                position += step;
                inFrame -= step;
                left -= step;
                if (inFrame == 0 && position == current.bytes().writerIndex()) {
                    piece++;
                    position = -1;
                }
            }
            done += count;
        }

        private void enter(Piece current) {
            var bytes = current.bytes();
            if (position < 0) {
                position = bytes.readerIndex();
                inFrame = current.framed() ? 0 : bytes.readableBytes();
            }
            if (inFrame == 0) {
                inFrame = bytes.getUnsignedMedium(position);
                position += Frame.HEAD;
            }
        }
    }
}
