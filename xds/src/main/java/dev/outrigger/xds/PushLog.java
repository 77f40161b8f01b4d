package dev.outrigger.xds;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/// Finds out which push of one type a client answers, and so from which upstream stream its nonce is.
///
/// Nonces alone do not say: most control planes count them from zero on every stream. Answers come in the order
/// of the pushes, though, so the oldest unanswered push with the nonce is meant. Owned by the stream's context.
final class PushLog {
    /// A client that never answers must not grow the log; this is far beyond what any control plane leaves
    /// unanswered.
    private static final int LIMIT = 256;
    /// Nor may messages that are to be kept once they are accepted; the last one always stays.
    private static final long LIMIT_BYTES = 8 << 20;

    private final Deque<Sent> unanswered = new ArrayDeque<>();
    private @Nullable Sent answered;

    void add(Sent sent) {
        if (unanswered.size() == LIMIT) {
            unanswered.removeFirst().release();
        }
        if (sent.rawBytes() + unanswered.stream().mapToLong(Sent::rawBytes).sum() > LIMIT_BYTES) {
            unanswered.forEach(Sent::release);
        }
        unanswered.addLast(sent);
    }

    /// Takes out the push that an accumulated (SotW) request answers, and all before it: a client may skip
    /// answers.
    ///
    /// @param version of the request; tells pushes with one nonce apart when a client skipped the older
    /// @return the push answered now, which is the caller's to release, or without its message one that an
    ///     earlier request answered with this nonce; null when it is unknown
    @Nullable
    Sent answerUpTo(String nonce, String version) {
        var match = find(nonce, version);
        if (match == null) {
            return answered != null && answered.nonce().equals(nonce) ? answered : null;
        }
        while (!unanswered.getFirst().equals(match)) { // the same one, not one like it
            unanswered.removeFirst().release();
        }
        unanswered.removeFirst();
        answered = match.nonceOnly();
        return match;
    }

    /// Whether a request with this nonce and version may just as well repeat an answer given on an earlier
    /// upstream stream as answer a push of this one: control planes that count nonces on each stream make them
    /// twice.
    boolean repeats(String nonce, String version, int session) {
        var before = answered;
        var match = find(nonce, version);
        return before != null
                && before.session() != session
                && before.nonce().equals(nonce)
                && before.version().equals(version)
                && match != null
                && match.session() == session
                && match.version().equals(version);
    }

    /// Takes out the one push that a delta request answers, which is the caller's to release.
    @Nullable
    Sent answer(String nonce) {
        for (Iterator<Sent> pushes = unanswered.iterator(); pushes.hasNext(); ) {
            var sent = pushes.next();
            if (sent.nonce().equals(nonce)) {
                pushes.remove();
                return sent;
            }
        }
        return null;
    }

    /// Whether a request does nothing but answer a push of the control plane, and none that is, or was answered, in
    /// here.
    boolean isMereAnswerToAnother(Request request, Keeper keeper) {
        var nonce = request.nonce();
        return request.answersOnly()
                && !keeper.isOwn(nonce)
                && (answered == null || !answered.nonce().equals(nonce))
                && unanswered.stream().noneMatch(sent -> sent.nonce().equals(nonce));
    }

    /// Nothing is answered any more.
    void clear() {
        unanswered.forEach(Sent::release);
        unanswered.clear();
    }

    /// A push of this session is still to be answered, and its answer will tell all names.
    boolean awaits(int session) {
        return !unanswered.isEmpty() && unanswered.getLast().session() == session;
    }

    /// Adds what the pushes under way leave open.
    void addDoubtsTo(ResourceTable doubts) {
        unanswered.forEach(sent -> sent.addDoubtsTo(doubts));
    }

    /// Forgets that the pushes under way carry this resource.
    void forget(String name) {
        unanswered.forEach(sent -> sent.forget(name));
    }

    private @Nullable Sent find(String nonce, String version) {
        Sent oldest = null;
        for (var sent : unanswered) {
            if (sent.nonce().equals(nonce)) {
                if (sent.version().equals(version)) {
                    return sent;
                }
                oldest = oldest == null ? sent : oldest;
            }
        }
        return oldest;
    }
}
