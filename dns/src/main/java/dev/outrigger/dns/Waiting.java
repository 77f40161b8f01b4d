package dev.outrigger.dns;

import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

/// Queries for names of the mesh that came before the first name table. Owned by the event loop.
final class Waiting {
    private static final int MOST = 1024;

    private final EventLoop loop;
    private final Duration patience;
    private final BiConsumer<Query, Asker> expired;
    private final Query again = new Query();
    private final Set<One> queries = new LinkedHashSet<>();

    /// Compared by identity: the same client may ask the same twice.
    private static final class One {
        final byte[] message;
        final Asker asker;

        One(byte[] message, Asker asker) {
            this.message = message;
            this.asker = asker;
        }
    }

    /// @param patience how long one waits at most
    /// @param expired gets those that waited so long
    Waiting(EventLoop loop, Duration patience, BiConsumer<Query, Asker> expired) {
        this.loop = loop;
        this.expired = expired;
        this.patience = patience;
    }

    /// Takes a query.
    ///
    /// @param query copied
    /// @return false when too many wait
    boolean add(Query query, Asker asker) {
        if (queries.size() >= MOST) {
            return false;
        }
        var one = new One(Arrays.copyOf(query.message(), query.length()), asker);
        queries.add(one);
        var _ = loop.schedule(() -> expire(one), patience.toNanos(), TimeUnit.NANOSECONDS);
        return true;
    }

    /// Gives all of them back, in the order in which they came.
    void release(BiConsumer<byte[], Asker> to) {
        var all = new ArrayList<>(queries);
        queries.clear();
        all.forEach(one -> to.accept(one.message, one.asker));
    }

    private void expire(One one) {
        if (queries.remove(one)) {
            var _ = again.parse(one.message, one.message.length);
            expired.accept(again, one.asker);
        }
    }
}
