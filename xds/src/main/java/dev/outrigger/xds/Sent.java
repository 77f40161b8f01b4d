package dev.outrigger.xds;

import java.util.BitSet;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A push on its way to the client, until the client answers. Whoever has it last must {@link #release} it. Owned
/// by the stream's context, and then by whoever takes it apart.
final class Sent {
    private final String nonce;
    private final String version;
    private final int session;
    private final Listing listing;
    private final Listing removed;
    private final boolean toBeKept;
    private @Nullable Message raw;
    /// The names that were asked for, when those that it carries cannot be read.
    private NameList asked = NameList.NONE;
    /// Entries of the listing that the client gave back before it answered.
    private @Nullable BitSet forgotten;

    private Sent(String nonce, String version, int session, Listing listing, Listing removed, @Nullable Message raw) {
        this.nonce = nonce;
        this.version = version;
        this.session = session;
        this.listing = listing;
        this.removed = removed;
        this.raw = raw;
        this.toBeKept = raw != null;
    }

    /// @param session counts the upstream streams of one client's stream: which of them brought the push
    static Sent of(Push push, int session, Keeper keeper) {
        boolean kept = keeper.keeps(push.typeUrl()) && !keeper.isOwn(push.nonce());
        var raw = kept ? push.raw().retain() : null;
        var sent = new Sent(push.nonce(), push.version(), session, push.listing(), push.removed(), raw);
        if (push.raw().length() > KnownGood.LARGEST) {
            sent.release();
        }
        return sent;
    }

    /// Where the names that a push carries cannot be read, it is taken to carry what was asked for.
    Sent asking(NameList names) {
        asked = names;
        return this;
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

    Listing listing() {
        return listing;
    }

    Listing removed() {
        return removed;
    }

    /// It is of the control plane, and what it brings is to be kept once it is accepted.
    boolean isToBeKept() {
        return toBeKept;
    }

    /// The message as it came, from now on the caller's to release; null where it is not to be kept, or was let
    /// go.
    @Nullable
    Message takeRaw() {
        var taken = raw;
        raw = null;
        return taken;
    }

    /// Bytes held for the sake of the message.
    int rawBytes() {
        return raw == null ? 0 : raw.length();
    }

    /// Lets go of the message. If it is accepted still, it will only be known that what is kept is not up to
    /// date.
    void release() {
        if (raw != null) {
            raw.release();
            raw = null;
        }
    }

    /// Once it was answered, only its nonce is of interest.
    Sent nonceOnly() {
        return new Sent(nonce, version, session, Listing.EMPTY, Listing.EMPTY, null);
    }

    /// The client gives a name back before it answers.
    void forget(String name) {
        for (int entry = listing.find(name, -1); entry >= 0; entry = listing.find(name, entry)) {
            forget(entry);
        }
    }

    /// What it carries beyond these names does not count.
    void retain(ResourceTable names) {
        int row = -1;
        for (int entry = 0; entry < listing.count(); entry++) {
            int found = names.find(listing, entry, row + 1);
            if (found < 0) {
                forget(entry);
            } else {
                row = found;
            }
        }
    }

    private void forget(int entry) {
        forgotten = forgotten == null ? new BitSet() : forgotten;
        forgotten.set(entry);
    }

    /// Names it carries that do not count any more.
    Set<String> forgotten() {
        var names = new HashSet<String>();
        if (forgotten != null) {
            forgotten.stream().mapToObj(listing::name).forEach(names::add);
        }
        return names;
    }

    /// The client holds what it carries.
    void addTo(ResourceTable held) {
        held.take(listing, forgotten, removed);
    }

    /// Whether it brings the same names as another, in the same order.
    boolean bringsAllOf(Sent other) {
        return forgotten == null && listing.hasSameNames(other.listing);
    }

    /// The client holds these names.
    void addNamesTo(ResourceTable held) {
        held.take(listing, null, Listing.EMPTY);
        asked.toList().forEach(held::add);
    }

    /// What it carries and what it says is gone: the client may hold that, or not.
    void addDoubtsTo(ResourceTable doubts) {
        doubts.take(listing, null, Listing.EMPTY);
        doubts.take(removed, null, Listing.EMPTY);
    }

    /// The client has accepted it.
    void removeDoubtsFrom(ResourceTable doubts) {
        if (!doubts.isEmpty()) {
            doubts.take(Listing.EMPTY, null, listing);
            doubts.take(Listing.EMPTY, null, removed);
        }
    }
}
