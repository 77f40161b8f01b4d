package dev.outrigger.xds;

import java.net.ProtocolException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The state-of-the-world variant: the latest request of a type says everything about it.
final class SotwState implements StreamState {
    private final Map<String, Type> types = new LinkedHashMap<>();
    private final NodeMemory node = new NodeMemory(Protocol.SOTW);
    private final Keeper keeper;
    private int session;
    private boolean live;

    SotwState(Keeper keeper) {
        this.keeper = keeper;
    }

    @Override
    public byte @Nullable [] onRequest(Request request) {
        node.remember(request);
        var type = types.get(request.typeUrl());
        if (type == null) {
            type = new Type(request);
            types.put(request.typeUrl(), type);
        }
        type.latest = request;
        type.requests++;
        type.named |= !request.names().isEmpty();
        boolean stale = isStale(type, request);
        if (!live) {
            return null;
        }
        if (!stale) {
            type.told = request.names();
            return node.complete(request.raw(), request.node() != null);
        }
        if (type.pushes.awaits(session) || type.told.isSameAs(request.names())) {
            return null;
        }
        type.told = request.names();
        return node.complete(again(type), false);
    }

    @Override
    public void onPush(Push push) {
        var type = types.get(push.typeUrl());
        if (type != null) {
            type.pushes.add(Sent.of(push, session, keeper));
            type.served = keeper.isOwn(push.nonce()) ? push.listing() : null;
        }
    }

    @Override
    public List<byte[]> onUpstreamOpen() {
        session++;
        live = true;
        node.restart();
        var messages = new ArrayList<byte[]>(types.size());
        for (var type : types.values()) {
            type.told = type.latest.names();
            if (!type.isAbandoned()) {
                messages.add(first(type));
            }
        }
        return messages;
    }

    @Override
    public void onUpstreamLost() {
        live = false;
    }

    @Override
    public int subscribed(String typeUrl) {
        var type = types.get(typeUrl);
        return type == null ? 0 : type.latest.names().size();
    }

    /// Whether the nonce is from an upstream stream before this one. On the first there is none before.
    private boolean isStale(Type type, Request request) {
        if (!request.isAnswer()) {
            return false;
        }
        var answered = type.pushes.answerUpTo(request.nonce(), request.version());
        if (answered == null) {
            return session > 1 || keeper.isOwn(request.nonce());
        }
        if (answered.raw() != null
                && request.error() == null
                && request.version().equals(answered.version())) {
            keeper.acked(request.typeUrl(), answered, type.scope());
        }
        return answered.session() != session;
    }

    /// What the control plane hears first about a type; the client's own bytes where they are still the whole
    /// story.
    private byte[] first(Type type) {
        boolean untouched = session == 1 && type.requests == 1;
        return untouched
                ? node.complete(type.latest.raw(), type.latest.node() != null)
                : node.complete(again(type), false);
    }

    /// The latest request as a first one: same names, the version held, no nonce, no error; unknown fields stay.
    private byte[] again(Type type) {
        var writer = new Writer().string(Protocol.SOTW.version, type.isComplete() ? type.latest.version() : "");
        try {
            for (var fields = new Fields(type.latest.raw()); fields.next(); ) {
                switch (fields.number()) {
                    case 1, 2, 5, 6 -> {} // version, node, nonce, error
                    default -> fields.copyTo(writer);
                }
            }
        } catch (ProtocolException e) {
            throw new IllegalStateException("a request that was readable is not any more", e);
        }
        return writer.toBytes();
    }

    @Override
    public List<StreamState.Wanted> wanted() {
        return types.values().stream()
                .filter(type -> !type.cameWithSome && !type.isAbandoned())
                .map(type -> new Wanted(type.latest.typeUrl(), !type.named, type.names()))
                .toList();
    }

    private static final class Type {
        /// Of these a response leaves out what is gone; of all others, what did not change.
        private static final Set<String> COMPLETE = Set.of(
                "type.googleapis.com/envoy.config.listener.v3.Listener",
                "type.googleapis.com/envoy.config.cluster.v3.Cluster");

        final PushLog pushes = new PushLog();
        final boolean cameWithSome;
        Request latest;
        /// What the last push had when it was not the control plane's; null otherwise.
        @Nullable
        Listing served;

        NameList told = NameList.NONE;
        /// The names that {@link #wanted} has.
        private NameList listed = NameList.NONE;

        private Set<String> wanted = Set.of();
        int requests;
        boolean named;

        Type(Request first) {
            this.latest = first;
            this.cameWithSome = !first.version().isEmpty();
        }

        /// The version speaks for all names asked for. What is kept may lack some, and a control plane that goes
        /// by the version would never send them.
        boolean isComplete() {
            var kept = served;
            return kept == null || latest.names().toList().stream().allMatch(name -> kept.find(name, -1) >= 0);
        }

        Keeper.Scope scope() {
            return new Keeper.Scope(
                    !named || COMPLETE.contains(latest.typeUrl()), !named, name -> names().contains(name));
        }

        /// The names of the latest request; made again only when they change.
        Set<String> names() {
            if (!listed.isSameAs(latest.names())) {
                wanted = Set.copyOf(latest.names().toList());
            }
            listed = latest.names();
            return wanted;
        }

        /// All names given back: to ask without names would mean "everything" on a new stream.
        boolean isAbandoned() {
            return named && latest.names().isEmpty();
        }
    }
}
