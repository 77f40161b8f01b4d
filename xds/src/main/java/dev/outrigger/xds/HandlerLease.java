package dev.outrigger.xds;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/// Decides which one stream carries the types that the agent consumes: the oldest that may. Any thread.
final class HandlerLease {
    private final Deque<RelayStream> candidates = new ArrayDeque<>(); // guarded by this

    /// Queues a stream; it is told when its turn comes, which may be at once.
    void join(RelayStream stream) {
        boolean first;
        synchronized (this) {
            candidates.addLast(stream);
            first = candidates.peekFirst() == stream;
        }
        if (first) {
            stream.leaseGranted();
        }
    }

    /// Takes a stream out, and tells the next one when it held the lease.
    void leave(RelayStream stream) {
        RelayStream next;
        synchronized (this) {
            boolean held = candidates.peekFirst() == stream;
            candidates.remove(stream);
            next = held ? candidates.peekFirst() : null;
        }
        grant(next);
    }

    private static void grant(@Nullable RelayStream next) {
        if (next != null) {
            next.leaseGranted();
        }
    }
}
