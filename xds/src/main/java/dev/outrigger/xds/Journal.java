package dev.outrigger.xds;

import dev.outrigger.xds.XdsPush.Answer;
import dev.outrigger.xds.XdsPush.Names;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/// The last pushes of all streams, in bounded space: the oldest ones are forgotten first.
///
/// Any thread may use it; everything mutable is guarded by it. It calls nobody.
final class Journal {
    /// Names of one kind (added, changed, removed) that are kept of one push.
    static final int NAMES = 50;
    /// Characters of one name, version or type.
    static final int WORD = 200;
    /// Characters of one client's reason; Envoy's lists every resource that it refuses.
    static final int REASON = 2_000;

    private final InstantSource clock;
    private final int maxEntries;
    private final int maxChars;
    private final Deque<Entry> entries = new ArrayDeque<>();
    private long numbers;
    private long chars;

    Journal(InstantSource clock) {
        this(clock, 1_000, 1_000_000);
    }

    /// @param maxEntries pushes that are kept
    /// @param maxChars characters of all texts that are kept, about as many bytes
    Journal(InstantSource clock, int maxEntries, int maxChars) {
        this.clock = clock;
        this.maxEntries = maxEntries;
        this.maxChars = maxChars;
    }

    /// What a push did to a client, before the client said anything.
    record Diff(Names added, Names changed, Names removed) {
        static final Diff UNKNOWN = new Diff(Names.NONE, Names.NONE, Names.NONE);
    }

    InstantSource clock() {
        return clock;
    }

    /// Writes a push down.
    ///
    /// @param at when the client had it
    /// @return to be handed to {@link #answer}
    synchronized Entry add(long stream, Push push, Instant at, Diff diff) {
        var entry = new Entry(new XdsPush(
                ++numbers,
                at,
                stream,
                cut(push.typeUrl(), WORD),
                cut(push.version(), WORD),
                push.raw().length(),
                push.count(),
                diff.added(),
                diff.changed(),
                diff.removed(),
                Answer.WAITING,
                "",
                Optional.empty()));
        entries.addLast(entry);
        chars += entry.chars;
        trim();
        return entry;
    }

    /// Writes down what became of a push; the first word counts.
    synchronized void answer(Entry entry, Answer answer, String reason) {
        if (entry.push.answer() != Answer.WAITING) {
            return;
        }
        var shown = cut(reason.strip(), REASON);
        entry.push = answered(entry.push, answer, shown, clock.instant());
        entry.chars += shown.length();
        if (entry.kept) {
            chars += shown.length();
            trim();
        }
    }

    /// The pushes that are kept, oldest first.
    synchronized List<XdsPush> pushes() {
        var pushes = new ArrayList<XdsPush>(entries.size());
        entries.forEach(entry -> pushes.add(entry.push));
        return pushes;
    }

    /// The first characters of a text.
    static String cut(String text, int limit) {
        return text.length() <= limit ? text : text.substring(0, limit - 1) + "…";
    }

    private void trim() {
        while (entries.size() > maxEntries || (chars > maxChars && entries.size() > 1)) {
            var oldest = entries.removeFirst();
            oldest.kept = false;
            chars -= oldest.chars;
        }
    }

    private static XdsPush answered(XdsPush push, Answer answer, String reason, Instant now) {
        var took = answer == Answer.ACK || answer == Answer.NACK
                ? Optional.of(Duration.between(push.at(), now))
                : Optional.<Duration>empty();
        return new XdsPush(
                push.number(),
                push.at(),
                push.stream(),
                push.typeUrl(),
                push.version(),
                push.bytes(),
                push.resources(),
                push.added(),
                push.changed(),
                push.removed(),
                answer,
                reason,
                took);
    }

    /// One push; its mutable fields are guarded by the journal.
    static final class Entry {
        private final long number;
        private final Instant at;
        private XdsPush push;
        private long chars;
        private boolean kept = true;

        private Entry(XdsPush push) {
            this.push = push;
            this.number = push.number();
            this.at = push.at();
            this.chars = push.typeUrl().length()
                    + push.version().length()
                    + length(push.added())
                    + length(push.changed())
                    + length(push.removed());
        }

        long number() {
            return number;
        }

        Instant at() {
            return at;
        }

        private static long length(Names names) {
            return names.names().stream().mapToLong(String::length).sum();
        }
    }

    /// Takes names in, and keeps the first of them. Owned by whoever made it.
    static final class Collector {
        private final List<String> names = new ArrayList<>();
        private int more;

        void add(String name) {
            if (names.size() < NAMES) {
                names.add(cut(name, WORD));
            } else {
                more++;
            }
        }

        /// Makes a text of the name only when it is to be kept.
        void add(Listing listing, int entry) {
            if (names.size() < NAMES) {
                add(listing.name(entry));
            } else {
                more++;
            }
        }

        void add(ResourceTable table, int row) {
            if (names.size() < NAMES) {
                add(table.name(row));
            } else {
                more++;
            }
        }

        Names names() {
            return new Names(names, more);
        }
    }
}
