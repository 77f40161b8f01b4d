package dev.outrigger.xds;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A push on its way to the client, until the client answers. Owned by the stream's context.
final class Sent {
    private final String nonce;
    private final String version;
    private final int session;
    private final Listing listing;
    private final Listing removed;
    private final @Nullable Message raw;
    /// Entries of the listing that the client gave back before it answered.
    private @Nullable BitSet forgotten;

    private Sent(String nonce, String version, int session, Listing listing, Listing removed, @Nullable Message raw) {
        this.nonce = nonce;
        this.version = version;
        this.session = session;
        this.listing = listing;
        this.removed = removed;
        this.raw = raw;
    }

    /// @param session counts the upstream streams of one client's stream: which of them brought the push
    static Sent of(Push push, int session, Keeper keeper) {
        boolean kept = keeper.keeps(push.typeUrl()) && !keeper.isOwn(push.nonce());
        return new Sent(
                push.nonce(), push.version(), session, push.listing(), push.removed(), kept ? push.raw() : null);
    }

    String nonce() {
        return nonce;
    }

    String version() {
        return version;
    }

    int session() {
        return session;
    }

    Listing removed() {
        return removed;
    }

    /// The message as it came, where it is to be kept once it is accepted; null otherwise.
    @Nullable
    Message raw() {
        return raw;
    }

    /// Once it was answered, only its nonce is of interest.
    Sent nonceOnly() {
        return new Sent(nonce, version, session, Listing.EMPTY, Listing.EMPTY, null);
    }

    /// The client gives a name back before it answers.
    void forget(String name) {
        for (int entry = listing.find(name, -1); entry >= 0; entry = listing.find(name, entry)) {
            forgotten = forgotten == null ? new BitSet() : forgotten;
            forgotten.set(entry);
        }
    }

    /// Names it carries that were given back since.
    List<String> forgotten() {
        var names = new ArrayList<String>();
        if (forgotten != null) {
            forgotten.stream().mapToObj(listing::name).forEach(names::add);
        }
        return names;
    }

    /// The client holds what it carries.
    void addTo(ResourceTable held) {
        held.take(listing, forgotten, removed);
    }
}
