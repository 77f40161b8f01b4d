package dev.outrigger.h2;

import io.netty.channel.ChannelHandlerContext;
import java.util.ArrayDeque;
import java.util.Deque;

/// Shares one connection's window among the calls that have something to send, in turns. Owned by the
/// connection's loop.
final class Sender {
    /// What one call may send before it is the next one's turn.
    private static final int TURN = 262_144;

    private final Deque<Call> turns = new ArrayDeque<>();
    private long window = Frame.WINDOW;
    private int maxFrame = Frame.PAYLOAD;
    private boolean writing;

    void maxFrame(int bytes) {
        maxFrame = bytes;
    }

    int maxFrame() {
        return maxFrame;
    }

    /// @return false when the window becomes larger than it may
    boolean widen(long by) {
        window += by;
        return window <= Integer.MAX_VALUE;
    }

    /// The call has something to send.
    void queue(Call call) {
        if (!turns.contains(call)) {
            turns.addLast(call);
        }
    }

    void forget(Call call) {
        turns.remove(call);
    }

    /// Writes what the windows and the socket take, and flushes.
    void write(ChannelHandlerContext context) {
        if (writing) {
            return;
        }
        writing = true;
        var channel = context.channel();
        boolean written = false;
        for (int idle = 0; idle < turns.size() && window > 0 && channel.isWritable(); ) {
            var call = turns.removeFirst();
            int bytes = call.out().write(context, (int) Math.min(window, TURN), maxFrame);
            window -= bytes;
            written |= bytes > 0;
            idle = bytes > 0 ? 0 : idle + 1;
            if (!call.out().isEmpty()) {
                turns.addLast(call);
            }
            if (bytes > 0) {
                call.written();
            }
        }
        writing = false;
        if (written) {
            context.flush();
        }
    }
}
