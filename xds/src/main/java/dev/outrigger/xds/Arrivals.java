package dev.outrigger.xds;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/// Accepted pushes that nobody has taken apart yet. While the control plane answers, nobody needs to know what is
/// in them, and most are outdated by a later one before anybody does. Any thread; guarded by itself.
final class Arrivals {
    /// Of messages that wait.
    private static final long LIMIT_BYTES = 8 << 20;
    /// Of those that have a part of a type, as their size tells: few are outdated by a later one, so nothing is
    /// saved by letting them wait.
    private static final long LIMIT_PARTS = 2 << 20;

    private static final int PART = 1 << 20;

    private static final int LIMIT = 256;
    /// How far back an outdated push is looked for.
    private static final int LOOK_BACK = 16;

    private final Deque<Accepted> waiting = new ArrayDeque<>();
    private long bytes;
    private long parts;

    /// How much waits.
    enum Load {
        FINE,
        /// They should be taken apart now.
        FULL,
        /// Whoever brings more must wait until they are.
        TWICE
    }

    /// Takes in a push, and lets go of the ones that it outdates.
    synchronized Load add(Accepted accepted) {
        int looked = 0;
        for (Iterator<Accepted> before = waiting.descendingIterator();
                before.hasNext() && looked < LOOK_BACK;
                looked++) {
            var old = before.next();
            if (accepted.outdates(old)) {
                before.remove();
                count(old, -1);
                old.release();
            } else if (accepted.isOfSameType(old)) {
                break; // what came before it may matter to it
            }
        }
        waiting.addLast(accepted);
        count(accepted, 1);
        boolean twice = bytes > 2 * LIMIT_BYTES || waiting.size() > 2 * LIMIT;
        boolean full = bytes > LIMIT_BYTES || parts > LIMIT_PARTS || waiting.size() > LIMIT;
        return twice ? Load.TWICE : full ? Load.FULL : Load.FINE;
    }

    synchronized boolean isEmpty() {
        return waiting.isEmpty();
    }

    /// The oldest one, the caller's to release; null when there is none.
    synchronized @Nullable Accepted poll() {
        var next = waiting.pollFirst();
        if (next != null) {
            count(next, -1);
        }
        return next;
    }

    private void count(Accepted accepted, long sign) {
        bytes += sign * accepted.bytes();
        if (accepted.bytes() < PART) {
            parts += sign * accepted.bytes();
        }
    }
}
