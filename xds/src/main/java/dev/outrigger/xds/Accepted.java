package dev.outrigger.xds;

import dev.outrigger.xds.Snapshot.Client;
import dev.outrigger.xds.Snapshot.KeptType;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One push that a client accepted, on its way into what is kept. Pure.
///
/// @param raw its message, for {@link #release} to let go; null when it was not kept: then it is only known that
///     what is kept is not up to date
/// @param alone whether no other stream of the client may hold something else
record Accepted(
        Client client,
        Protocol protocol,
        String typeUrl,
        Sent push,
        @Nullable Message raw,
        Keeper.Scope scope,
        boolean alone) {
    /// Resources that nobody asks for and that are kept all the same, besides as many as are asked for.
    private static final int SPARE = 16;

    /// Its message was not kept, see {@link KnownGood#LARGEST} and {@link PushLog}.
    boolean isTooLarge() {
        return raw == null;
    }

    /// Bytes held for the sake of the message.
    int bytes() {
        return raw == null ? 0 : raw.length();
    }

    void release() {
        if (raw != null) {
            raw.release();
        }
    }

    boolean isOfSameType(Accepted other) {
        return client.equals(other.client) && typeUrl.equals(other.typeUrl);
    }

    /// Whether all that an earlier push said is said by this one as well.
    boolean outdates(Accepted old) {
        if (!isOfSameType(old) || raw == null) {
            return false;
        }
        if (protocol == Protocol.SOTW) {
            return scope.full() && scope.all();
        }
        boolean onlyBrought = old.scope.only() == null
                && old.scope.dropped().isEmpty()
                && old.push.removed().isEmpty()
                && old.alone == alone;
        return onlyBrought && push.bringsAllOf(old.push);
    }

    /// What the client holds of the type now. Changes and returns `old` where it can.
    ///
    /// @return null when that is not known
    @Nullable
    KeptType onto(@Nullable KeptType old) throws ProtocolException {
        var resources = old == null ? new KeptResources() : old.resources();
        if (raw == null) {
            resources.remove(push.listing());
            return old == null || protocol == Protocol.SOTW ? null : old;
        }
        if (protocol == Protocol.SOTW && !PushResources.isReadable(typeUrl, raw)) {
            return new KeptType(push.version(), raw.toBytes(), resources);
        }
        resources.beginWalk();
        PushResources.read(protocol, typeUrl, push.version(), raw, sink(resources));
        if (scope.full()) {
            resources.retainMet(name -> scope.all() || inScope(name));
        }
        resources.remove(push.removed());
        if (alone) {
            restrict(resources);
        }
        return new KeptType(push.version(), null, resources);
    }

    private PushResources.Sink sink(KeptResources resources) {
        var skipped = scope.full() ? Set.<String>of() : push.forgotten();
        return skipped.isEmpty()
                ? resources::put
                : (name, nameLength, version, versionLength, value, valueLength) -> {
                    if (!skipped.contains(new String(name, 0, nameLength, StandardCharsets.UTF_8))) {
                        resources.put(name, nameLength, version, versionLength, value, valueLength);
                    }
                };
    }

    private boolean inScope(String name) {
        return scope.only() != null && scope.only().contains(name);
    }

    /// What the client gave back, or never asked for since it came again, is not kept.
    ///
    /// Of types that are asked for by name, not everything that nobody asks for now goes at once: a client that
    /// refuses a cluster from its start does not ask for its endpoints, and will in an outage, when it is served
    /// the cluster as it was before. What nobody asks for is never served.
    private void restrict(KeptResources resources) {
        scope.dropped().forEach(resources::remove);
        var only = scope.only();
        if (only == null || (scope.all() && scope.full())) {
            return;
        }
        if (scope.all() || resources.count() > 2 * only.size() + SPARE) {
            resources.retain(new HashSet<>(only)::contains);
        }
    }
}
