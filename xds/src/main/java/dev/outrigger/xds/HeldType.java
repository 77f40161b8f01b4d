package dev.outrigger.xds;

import dev.outrigger.xds.XdsPush.Answer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What one client asked for, was sent and accepted of one type. Guarded by its {@link Holdings}.
final class HeldType {
    private static final String ANY = "*";
    /// Refusals in a row that are no accident any more.
    private static final int LOOP = 3;
    /// Pushes whose contents are kept until they are answered; clients leave one unanswered, seldom two.
    private static final int PENDING = 16;

    private final String typeUrl;
    private final Protocol protocol;
    private final long stream;
    private final Journal journal;
    private final Set<String> asked = new HashSet<>();
    private final Map<String, Held> held = new HashMap<>();
    private final Deque<Pending> pending = new ArrayDeque<>();
    /// Names of the last state-of-the-world request; most only repeat them.
    private List<String> told = List.of();

    private boolean wildcard;
    private boolean named;
    private @Nullable Instant silentSince;
    private @Nullable Instant waitingSince;
    private @Nullable Instant refusedSince;
    private int refusals;
    private String reason = "";

    HeldType(long stream, Protocol protocol, String typeUrl, Journal journal) {
        this.stream = stream;
        this.protocol = protocol;
        this.typeUrl = typeUrl;
        this.journal = journal;
    }

    /// A resource that the client accepted. Changed in place: a push may carry ten thousand.
    private static final class Held {
        private Contents.Item item;
        private Instant since;
        private long changedBy;
        private long carriedBy;

        Held(Contents.Item item, Instant since, long by) {
            this.item = item;
            this.since = since;
            this.changedBy = by;
            this.carriedBy = by;
        }
    }

    /// A push that is not answered yet.
    private record Pending(
            String nonce, String version, Map<String, Contents.Item> items, List<String> removed, Journal.Entry entry) {
        long number() {
            return entry.number();
        }
    }

    /// The client asks for everything, as the agent itself does.
    void askedForAll() {
        if (!wildcard) {
            wildcard = true;
            silentSince = journal.clock().instant();
        }
    }

    void asked(Request request) {
        if (protocol == Protocol.SOTW) {
            askedSotw(request.names());
        } else {
            askedDelta(request);
        }
    }

    private void askedSotw(List<String> names) {
        named |= !names.isEmpty();
        if (!named) {
            askedForAll();
            return;
        }
        if (names.equals(told)) {
            return;
        }
        told = names;
        wildcard = names.contains(ANY);
        var now = Set.copyOf(names);
        if (asked.retainAll(now) && !wildcard) {
            held.keySet().retainAll(now);
        }
        if (asked.addAll(now)) {
            silentSince = journal.clock().instant();
        } else if (asked.isEmpty()) {
            held.clear();
            silentSince = null;
        }
    }

    private void askedDelta(Request request) {
        if (!named && request.names().isEmpty()) {
            named = true;
            askedForAll();
        }
        named = true;
        request.initialVersions().forEach(this::bring);
        for (var name : request.names()) {
            if (name.equals(ANY)) {
                askedForAll();
            } else if (asked.add(name)) {
                silentSince = journal.clock().instant();
            }
        }
        request.unsubscribed().forEach(this::unsubscribe);
    }

    private void bring(String name, String version) {
        held.putIfAbsent(
                name, new Held(new Contents.Item(version, 0, 0), journal.clock().instant(), 0));
    }

    private void unsubscribe(String name) {
        if (name.equals(ANY)) {
            wildcard = false;
            held.keySet().retainAll(asked);
        } else {
            asked.remove(name);
            if (!wildcard) {
                held.remove(name);
            }
        }
        if (!wildcard && asked.isEmpty()) {
            silentSince = null;
        }
    }

    void pushed(Push push) {
        var items = Contents.read(protocol, push);
        var entry = journal.add(stream, push, diff(push, items));
        silentSince = null;
        waitingSince = waitingSince == null ? entry.at() : waitingSince;
        if (pending.size() == PENDING) {
            journal.answer(pending.removeFirst().entry(), Answer.SKIPPED, "");
        }
        pending.addLast(new Pending(push.nonce(), push.version(), items, push.removed(), entry));
    }

    private Journal.Diff diff(Push push, Map<String, Contents.Item> items) {
        if (items.isEmpty() && push.removed().isEmpty() && held.isEmpty()) {
            return Journal.Diff.UNKNOWN;
        }
        var added = new Journal.Collector();
        var changed = new Journal.Collector();
        var removed = new Journal.Collector();
        items.forEach((name, item) -> {
            var old = held.get(name);
            if (old == null) {
                added.add(name);
            } else if (isOther(item, old.item)) {
                changed.add(name);
            }
        });
        push.removed().forEach(removed::add);
        if (Contents.isComplete(protocol, typeUrl)) {
            held.keySet().stream().filter(name -> !items.containsKey(name)).forEach(removed::add);
        }
        return new Journal.Diff(added.names(), changed.names(), removed.names());
    }

    /// Versions of the state-of-the-world protocol are those of the whole push and say nothing of one resource.
    /// Of what the client brought along, only the version is known.
    private boolean isOther(Contents.Item item, Contents.Item old) {
        boolean sameVersion = protocol == Protocol.SOTW || item.version().equals(old.version());
        boolean sameBytes = item.bytes() == old.bytes() && item.checksum() == old.checksum();
        boolean unknown = protocol == Protocol.DELTA && old.bytes() == 0;
        return !sameVersion || !(sameBytes || unknown);
    }

    /// @param version of the request; tells a state-of-the-world ACK from a request that only repeats its nonce
    /// @param error null for an ACK
    void answered(String nonce, String version, @Nullable String error) {
        var answered = take(nonce, version, error);
        if (answered == null) {
            return;
        }
        waitingSince = pending.isEmpty() ? null : pending.getFirst().entry().at();
        if (error == null) {
            journal.answer(answered.entry(), Answer.ACK, "");
            accept(answered);
            refusals = 0;
            refusedSince = null;
        } else {
            journal.answer(answered.entry(), Answer.NACK, error);
            refusals++;
            refusedSince = refusedSince == null ? journal.clock().instant() : refusedSince;
            reason = Journal.cut(error.strip(), Journal.WORD);
        }
    }

    /// Nonces alone do not identify a push, see {@link PushLog}; the oldest that fits is meant.
    private @Nullable Pending take(String nonce, String version, @Nullable String error) {
        var match = pending.stream()
                .filter(it -> it.nonce().equals(nonce))
                .filter(it -> protocol == Protocol.DELTA
                        || error != null
                        || it.version().equals(version))
                .findFirst()
                .orElse(null);
        if (match == null) {
            return null;
        }
        if (protocol == Protocol.SOTW) {
            while (pending.getFirst().number() != match.number()) {
                journal.answer(pending.removeFirst().entry(), Answer.SKIPPED, "");
            }
        }
        pending.removeIf(it -> it.number() == match.number());
        return match;
    }

    private void accept(Pending push) {
        if (Contents.isComplete(protocol, typeUrl)) {
            held.keySet().retainAll(push.items().keySet());
        }
        push.items().forEach((name, item) -> {
            if (wildcard || asked.contains(name)) {
                accept(name, item, push.entry());
            }
        });
        push.removed().forEach(held::remove);
    }

    private void accept(String name, Contents.Item item, Journal.Entry by) {
        var old = held.get(name);
        if (old == null) {
            held.put(name, new Held(item, by.at(), by.number()));
            return;
        }
        if (isOther(item, old.item)) {
            old.item = item;
            old.since = by.at();
            old.changedBy = by.number();
        } else if (old.item.bytes() == 0) {
            old.item = item; // the client brought it along: only now is its size known
        }
        old.carriedBy = by.number();
    }

    void closed() {
        pending.forEach(push -> journal.answer(push.entry(), Answer.CLOSED, ""));
        pending.clear();
        held.clear();
    }

    XdsHistory.Type snapshot() {
        var resources = new ArrayList<XdsHistory.Resource>(held.size());
        held.forEach((name, it) -> resources.add(new XdsHistory.Resource(
                name, it.item.version(), it.item.bytes(), it.since, it.changedBy, it.carriedBy)));
        resources.sort(Comparator.comparing(XdsHistory.Resource::name));
        return new XdsHistory.Type(typeUrl, wildcard, asked, resources);
    }

    /// What has gone on for longer than `limit`.
    List<XdsTrouble> troubles(Instant now, Duration limit) {
        var troubles = new ArrayList<XdsTrouble>();
        if (silentSince != null && isOver(silentSince, now, limit)) {
            troubles.add(trouble(
                    XdsTrouble.Kind.SILENCE,
                    silentSince,
                    "the client asked for " + wanted() + " and the control plane has not answered; look there whether"
                            + " it serves this type to this node"));
        }
        if (refusedSince != null && refusals >= LOOP) {
            troubles.add(trouble(
                    XdsTrouble.Kind.NACK_LOOP,
                    refusedSince,
                    "refused " + refusals + " times in a row, the client keeps what it had; fix the resource at the"
                            + " control plane; last reason: " + reason));
        }
        if (waitingSince != null && isOver(waitingSince, now, limit)) {
            troubles.add(trouble(
                    XdsTrouble.Kind.UNANSWERED_PUSH,
                    waitingSince,
                    "the client has not answered a push; is it hung or overloaded? Look at its log, and at Envoy's"
                            + " /clusters and /listeners"));
        }
        return troubles;
    }

    private String wanted() {
        if (wildcard) {
            return "everything";
        }
        return asked.size() == 1 ? asked.iterator().next() : asked.size() + " names";
    }

    private XdsTrouble trouble(XdsTrouble.Kind kind, Instant since, String why) {
        return new XdsTrouble(stream, typeUrl, kind, since, why);
    }

    private static boolean isOver(Instant since, Instant now, Duration limit) {
        return Duration.between(since, now).compareTo(limit) >= 0;
    }
}
