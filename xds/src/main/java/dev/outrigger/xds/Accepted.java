package dev.outrigger.xds;

import dev.outrigger.xds.Snapshot.Client;
import dev.outrigger.xds.Snapshot.KeptType;
import dev.outrigger.xds.Snapshot.Resource;
import java.net.ProtocolException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
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
        var resources = old == null ? new LinkedHashMap<String, Resource>() : old.resources();
        if (raw == null) {
            names(push.listing()).forEach(resources::remove);
            return old == null || protocol == Protocol.SOTW ? null : old;
        }
        if (scope.full()) {
            var pushed = new LinkedHashMap<String, Resource>();
            if (!PushResources.read(protocol, typeUrl, push.version(), raw, pushed::put)) {
                return new KeptType(push.version(), raw.toBytes(), resources);
            }
            resources.keySet().removeIf(name -> !pushed.containsKey(name) && (scope.all() || inScope(name)));
            pushed.forEach((name, now) -> resources.merge(name, now, Accepted::sameBytes));
        } else if (!mergeInto(resources, raw)) {
            return new KeptType(push.version(), raw.toBytes(), resources);
        }
        names(push.removed()).forEach(resources::remove);
        if (alone) {
            restrict(resources);
        }
        return new KeptType(push.version(), null, resources);
    }

    private boolean mergeInto(Map<String, Resource> resources, Message raw) throws ProtocolException {
        var skipped = push.forgotten();
        return PushResources.read(protocol, typeUrl, push.version(), raw, (name, now) -> {
            if (!skipped.contains(name)) {
                resources.merge(name, now, Accepted::sameBytes);
            }
        });
    }

    private static Stream<String> names(Listing listing) {
        return IntStream.range(0, listing.count()).mapToObj(listing::name);
    }

    /// A control plane that sends all again when one thing changes must not fill the heap with copies.
    private static Resource sameBytes(Resource old, Resource now) {
        return Arrays.equals(old.value(), now.value()) ? new Resource(now.version(), old.value()) : now;
    }

    private boolean inScope(String name) {
        return scope.only() != null && scope.only().contains(name);
    }

    /// What the client gave back, or never asked for since it came again, is not kept.
    ///
    /// Of types that are asked for by name, not everything that nobody asks for now goes at once: a client that
    /// refuses a cluster from its start does not ask for its endpoints, and will in an outage, when it is served
    /// the cluster as it was before. What nobody asks for is never served.
    private void restrict(Map<String, Resource> resources) {
        scope.dropped().forEach(resources::remove);
        var only = scope.only();
        if (only == null || (scope.all() && scope.full())) {
            return;
        }
        if (scope.all() || resources.size() > 2 * only.size() + SPARE) {
            resources.keySet().retainAll(new HashSet<>(only));
        }
    }
}
