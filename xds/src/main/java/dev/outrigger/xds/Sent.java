package dev.outrigger.xds;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A push on its way to the client, until the client answers.
///
/// @param session counts the upstream streams of one client's stream: which of them brought the push
/// @param versions mutable: a name unsubscribed before the answer is taken out
/// @param raw the message as it came, where it is to be kept once it is accepted; null otherwise
@SuppressWarnings("ArrayRecordComponent") // the same array or another push
record Sent(
        String nonce,
        String version,
        int session,
        Map<String, String> versions,
        List<String> removed,
        byte @Nullable [] raw) {
    /// Once it was answered, only its nonce is of interest.
    Sent withoutRaw() {
        return raw == null ? this : new Sent(nonce, version, session, versions, removed, null);
    }

    static Sent of(Push push, int session, Keeper keeper) {
        boolean kept = keeper.keeps(push.typeUrl()) && !keeper.isOwn(push.nonce());
        return new Sent(
                push.nonce(), push.version(), session, push.versions(), push.removed(), kept ? push.raw() : null);
    }
}
