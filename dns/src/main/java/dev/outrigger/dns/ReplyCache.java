package dev.outrigger.dns;

import java.lang.ref.SoftReference;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Replies of nameservers, for as long as their TTL says, and a while longer for when no nameserver answers. What
/// was not used for longest goes first when it is full; all of it goes before the heap is exhausted. Owned by the
/// event loop that forwards.
final class ReplyCache {
    /// What an entry is worth on average; bounds the memory together with the number of entries.
    private static final int MEAN_BYTES = 512;
    private static final float LOAD = 0.75f;

    private final int maxEntries;
    private SoftReference<Map<QuestionKey, Kept>> reference = new SoftReference<>(null);
    private long bytes;

    /// One kept reply. Owned by the same loop.
    static final class Kept {
        final Reply reply;
        private final long storedAt;
        private final long ttl;
        private int uses;
        private long failedAt;
        private boolean failed;

        private Kept(Reply reply, long now, long ttl) {
            this.reply = reply;
            this.storedAt = now;
            this.ttl = ttl;
        }

        long age(long now) {
            return now - storedAt;
        }

        boolean isFresh(long now) {
            return age(now) < ttl;
        }

        /// How long ago its time was over.
        long staleFor(long now) {
            return age(now) - ttl;
        }

        /// Whether it was asked for before and is in the last tenth of its time.
        boolean isWorthRenewing(long now) {
            return uses > 1 && age(now) > ttl - ttl / 10;
        }

        /// No nameserver answered when it should have been renewed.
        void failed(long now) {
            failed = true;
            failedAt = now;
        }

        /// Whether that was less than so long ago.
        boolean failedWithin(long nanos, long now) {
            return failed && now - failedAt < nanos;
        }
    }

    /// @param maxEntries 0 keeps nothing
    ReplyCache(int maxEntries) {
        this.maxEntries = maxEntries;
    }

    /// What is kept of this question, fresh or not; counts as a use.
    @Nullable
    Kept find(QuestionKey key) {
        var kept = entries().get(key);
        if (kept != null) {
            kept.uses++;
        }
        return kept;
    }

    /// Keeps a reply.
    ///
    /// @param key kept
    /// @param now of the loop's ticker, as all times here
    /// @param ttl above 0
    void put(QuestionKey key, Reply reply, long now, long ttl) {
        if (maxEntries == 0) {
            return;
        }
        var entries = entries();
        var old = entries.put(key, new Kept(reply, now, ttl));
        bytes += reply.length() - (old == null ? 0 : old.reply.length());
        for (Iterator<Kept> eldest = entries.values().iterator();
                entries.size() > maxEntries || bytes > (long) maxEntries * MEAN_BYTES; ) {
            bytes -= eldest.next().reply.length();
            eldest.remove();
        }
    }

    /// Also what the JVM does when memory is short.
    void clear() {
        reference.clear();
    }

    int size() {
        return entries().size();
    }

    private Map<QuestionKey, Kept> entries() {
        var entries = reference.get();
        if (entries == null) {
            entries = new LinkedHashMap<>(16, LOAD, true);
            reference = new SoftReference<>(entries);
            bytes = 0;
        }
        return entries;
    }
}
