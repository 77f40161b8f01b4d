package dev.outrigger.h2;

import dev.outrigger.h2.RawMessage.Piece;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Puts the messages of one stream together from its DATA frames. Source: gRPC over HTTP/2,
/// "Length-Prefixed-Message". Owned by the connection's loop.
final class Deframer {
    /// No read has this number.
    private static final long NEVER = -1;
    /// A message of more bytes may be passed on while it comes in.
    private static final int LARGE = 65_536;
    /// What is there of it by then.
    private static final int BEGINNING = 8_192;

    private final int largest;
    private final Deque<RawMessage> complete = new ArrayDeque<>();
    private final byte[] prefix = new byte[RawMessage.PREFIX];
    private int prefixed;
    /// Bytes of the message, its prefix included, that are still to come.
    private int missing;
    private int length;
    private byte @Nullable [] small;
    private List<Piece> pieces = new ArrayList<>();
    private @Nullable ByteBuf last;
    private int lastEnd;
    private long lastRead;
    /// The message that comes in was offered to be passed on.
    private boolean offered;
    /// Where it is passed on to.
    private @Nullable Call to;
    /// Pieces of it that were passed on.
    private int passed;

    /// @param largest message in bytes, without its prefix
    Deframer(int largest) {
        this.largest = largest;
    }

    /// Takes some payload in.
    ///
    /// @param in stays the caller's
    /// @param framed the payload is a whole frame whose head lies in front of it in `in`
    /// @param read tells buffers apart: the same number, the same buffer
    void add(ByteBuf in, int at, int count, boolean framed, long read) throws H2Exception {
        int position = at;
        int end = at + count;
        while (position < end) {
            if (missing == 0) {
                int step = Math.min(RawMessage.PREFIX - prefixed, end - position);
                in.getBytes(position, prefix, prefixed, step);
                prefixed += step;
                if (prefixed < RawMessage.PREFIX) {
                    return;
                }
                prefixed = 0;
                begin(step < RawMessage.PREFIX);
                position += step < RawMessage.PREFIX ? step : 0;
            }
            int take = Math.min(missing, end - position);
            if (take > 0) { // a part may end with a prefix, and a message may be empty
                take(in, position, take, framed && position == at && take == count ? read : NEVER);
                position += take;
                missing -= take;
            }
            if (missing == 0) {
                finish();
            }
        }
    }

    /// The next message, oldest first; null when none is complete.
    @Nullable
    RawMessage poll() {
        return complete.poll();
    }

    boolean hasMessage() {
        return !complete.isEmpty();
    }

    /// What is there of a large message, the first time there is enough of it; null at other times.
    @Nullable
    RawMessage beginning() {
        int there = length - missing;
        boolean large = missing > 0 && small == null && length > LARGE && there >= BEGINNING;
        if (!large || offered || !complete.isEmpty()) {
            return null;
        }
        offered = true;
        return RawMessage.of(List.copyOf(pieces), there);
    }

    /// The message that comes in is passed on from now on, and from its first byte.
    void passTo(Call call) {
        to = call;
        call.expect(length);
    }

    /// Passes on what has come since the last time.
    void pass() {
        if (to == null) {
            return;
        }
        for (; passed < pieces.size(); passed++) {
            var piece = pieces.get(passed);
            to.pass(new Piece(piece.bytes().retainedDuplicate(), piece.framed()));
        }
        last = null; // what was passed on grows no more
        to.sendPassed();
    }

    /// Whether the stream may end here.
    boolean isAtBoundary() {
        return missing == 0 && prefixed == 0;
    }

    /// Gives back what nobody asked for.
    void release() {
        complete.forEach(RawMessage::release);
        complete.clear();
        pieces.forEach(piece -> piece.bytes().release());
        pieces = new ArrayList<>();
        last = null;
        to = null;
        missing = 0;
    }

    /// A prefix is there. It seldom lies across two parts; then it becomes a piece of its own.
    private void begin(boolean split) throws H2Exception {
        if (prefix[0] != 0) {
            throw new H2Exception(
                    H2Exception.INTERNAL_ERROR, "a message is compressed, although no compression was offered");
        }
        length = (prefix[1] & 0xff) << 24 | (prefix[2] & 0xff) << 16 | (prefix[3] & 0xff) << 8 | (prefix[4] & 0xff);
        if (length < 0 || length > Integer.MAX_VALUE - RawMessage.PREFIX) {
            throw new H2Exception(H2Exception.INTERNAL_ERROR, "a message claims to have more than 2 GiB");
        }
        if (length > largest) {
            throw new H2Exception(
                    H2Exception.ENHANCE_YOUR_CALM, "a message of " + length + " bytes; " + largest + " are allowed");
        }
        small = length <= RawMessage.SMALL ? new byte[length] : null;
        offered = false;
        passed = 0;
        missing = split ? length : RawMessage.PREFIX + length;
        if (split && small == null) {
            pieces.add(new Piece(Unpooled.copiedBuffer(prefix), false));
        }
    }

    private void take(ByteBuf in, int position, int count, long read) {
        if (small != null) {
            int done = length - missing; // negative: within the prefix
            int skip = Math.min(count, Math.max(0, -done));
            in.getBytes(position + skip, small, Math.max(0, done), count - skip);
        } else if (read == NEVER) {
            pieces.add(new Piece(in.retainedSlice(position, count), false));
            last = null;
        } else if (last != null && lastRead == read && lastEnd == position - Frame.HEAD) {
            last.writerIndex(last.writerIndex() + Frame.HEAD + count);
            lastEnd = position + count;
        } else {
            int head = position - Frame.HEAD;
            last = in.retainedSlice(head, in.writerIndex() - head).writerIndex(Frame.HEAD + count);
            pieces.add(new Piece(last, true));
            lastRead = read;
            lastEnd = position + count;
        }
    }

    private void finish() {
        pass();
        to = null;
        complete.add(small == null ? RawMessage.of(pieces, length) : RawMessage.of(small));
        small = null;
        pieces = new ArrayList<>();
        last = null;
    }
}
