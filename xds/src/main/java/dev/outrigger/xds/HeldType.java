package dev.outrigger.xds;

import dev.outrigger.xds.XdsPush.Answer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
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
    private final HeldResources held;
    private final Deque<Pending> pending = new ArrayDeque<>();
    /// Names of the last state-of-the-world request; most only repeat them.
    private NameList told = NameList.NONE;
    private ResourceTable asked = new ResourceTable();

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
        this.held = new HeldResources(protocol);
    }

    /// A push that is not answered yet.
    ///
    /// @param ownVersion of the push, in UTF-8
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Pending(
            String nonce,
            String version,
            byte[] ownVersion,
            Listing listing,
            HeldResources.Comparison comparison,
            Listing removed,
            Journal.Entry entry) {
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

    private void askedSotw(NameList names) {
        named |= !names.isEmpty();
        if (!named) {
            askedForAll();
            return;
        }
        if (names.isSameAs(told)) {
            told = names; // the older message need not be kept
            return;
        }
        told = names;
        var now = names.toTable();
        wildcard = now.contains(ANY);
        if (!wildcard && !now.containsAll(asked)) {
            held.retain(now::contains);
        }
        boolean more = !asked.containsAll(now);
        asked = now;
        if (more) {
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
        held.bring(request.initialVersions(), journal.clock().instant());
        for (var name : request.names().toList()) {
            if (name.equals(ANY)) {
                askedForAll();
            } else if (asked.add(name)) {
                silentSince = journal.clock().instant();
            }
        }
        request.unsubscribed().toList().forEach(this::unsubscribe);
    }

    private void unsubscribe(String name) {
        if (name.equals(ANY)) {
            wildcard = false;
            held.retain(asked::contains);
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

    void pushed(Push push, Instant at) {
        var version = push.version().getBytes(StandardCharsets.UTF_8);
        var added = new Journal.Collector();
        var changed = new Journal.Collector();
        var removed = new Journal.Collector();
        for (int gone = 0; gone < push.removed().count(); gone++) {
            removed.add(push.removed(), gone);
        }
        boolean isComplete = Contents.isComplete(protocol, typeUrl);
        var comparison = held.compare(push.listing(), version, isComplete, added, changed, removed);
        var entry = journal.add(stream, push, at, new Journal.Diff(added.names(), changed.names(), removed.names()));
        silentSince = null;
        waitingSince = waitingSince == null ? entry.at() : waitingSince;
        if (pending.size() == PENDING) {
            journal.answer(pending.removeFirst().entry(), Answer.SKIPPED, "");
        }
        pending.addLast(
                new Pending(push.nonce(), push.version(), version, push.listing(), comparison, push.removed(), entry));
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
        var at = HeldResources.nanos(push.entry().at());
        held.accept(
                new HeldResources.Accepted(push.listing(), push.ownVersion(), push.comparison(), at, push.number()),
                asked,
                wildcard);
        if (Contents.isComplete(protocol, typeUrl)) {
            held.removeUnmet();
        }
        held.remove(push.removed());
    }

    void closed() {
        pending.forEach(push -> journal.answer(push.entry(), Answer.CLOSED, ""));
        pending.clear();
    }

    XdsHistory.Type snapshot() {
        var resources = new ArrayList<>(held.toList());
        resources.sort(Comparator.comparing(XdsHistory.Resource::name));
        return new XdsHistory.Type(typeUrl, wildcard, Set.copyOf(asked.names()), resources);
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
        return asked.count() == 1 ? asked.name(0) : asked.count() + " names";
    }

    private XdsTrouble trouble(XdsTrouble.Kind kind, Instant since, String why) {
        return new XdsTrouble(stream, typeUrl, kind, since, why);
    }

    private static boolean isOver(Instant since, Instant now, Duration limit) {
        return Duration.between(since, now).compareTo(limit) >= 0;
    }
}
