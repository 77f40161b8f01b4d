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
    private final NodeMemory node = new NodeMemory();
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
        boolean otherNames = type.become(request);
        boolean stale = isStale(type, request, otherNames);
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
    public boolean isMereAnswer(Request request) {
        var type = types.get(request.typeUrl());
        return live
                && type != null
                && type.pushes.isMereAnswerToAnother(request, keeper)
                && type.told.isSameAs(request.names())
                && type.latest.names().isSameAs(request.names());
    }

    @Override
    public void onPush(Push push) {
        var type = types.get(push.typeUrl());
        if (type != null) {
            type.pushes.add(Sent.of(push, session, keeper).asking(unlisted(push) ? type.told : NameList.NONE));
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
    public void close() {
        types.values().forEach(type -> type.pushes.clear());
    }

    @Override
    public boolean isAsked(String typeUrl) {
        return types.containsKey(typeUrl);
    }

    @Override
    public int subscribed(String typeUrl) {
        var type = types.get(typeUrl);
        return type == null ? 0 : type.latest.names().size();
    }

    /// Some names that it brings cannot be read.
    private boolean unlisted(Push push) {
        return push.listing().count() < push.count() && !keeper.isOwn(push.nonce());
    }

    /// Whether the nonce is from an upstream stream before this one. On the first there is none before.
    private boolean isStale(Type type, Request request, boolean otherNames) {
        if (!request.isAnswer()) {
            return false;
        }
        // With other names it may be sent for their sake alone, before the push is there: its real answer follows.
        if (otherNames && request.error() == null && type.pushes.repeats(request.nonce(), request.version(), session)) {
            return false;
        }
        var answered = type.pushes.answerUpTo(request.nonce(), request.version());
        if (answered == null) {
            return session > 1 || keeper.isOwn(request.nonce());
        }
        if (request.error() == null && request.version().equals(answered.version())) {
            type.covers(answered);
            if (answered.isToBeKept()) {
                keeper.acked(request.typeUrl(), answered, type.scope());
            }
        }
        answered.release();
        return answered.session() != session || keeper.isOwn(request.nonce());
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
        var writer = new Writer().string(Protocol.SOTW.version, type.isOwed() ? "" : type.latest.version());
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
                .map(type -> new Wanted(
                        type.latest.typeUrl(),
                        !type.named,
                        Set.copyOf(type.names().names())))
                .toList();
    }

    private static final class Type {
        /// Of these a response leaves out what is gone; of all others, what did not change.
        private static final Set<String> COMPLETE = Set.of(
                "type.googleapis.com/envoy.config.listener.v3.Listener",
                "type.googleapis.com/envoy.config.cluster.v3.Cluster");

        final PushLog pushes = new PushLog();
        final boolean cameWithSome;
        /// Names that accepted pushes brought, of those still asked for.
        final ResourceTable covered = new ResourceTable();
        Request latest;
        NameList told = NameList.NONE;
        /// The names that {@link #wanted} has.
        private NameList listed = NameList.NONE;

        private ResourceTable wanted = new ResourceTable();
        int requests;
        boolean named;

        Type(Request first) {
            this.latest = first;
            this.cameWithSome = !first.version().isEmpty();
        }

        /// The names of the latest request; made again only when they change.
        ResourceTable names() {
            if (!listed.isSameAs(latest.names())) {
                wanted = latest.names().toTable();
            }
            listed = latest.names();
            return wanted;
        }

        /// @return whether it has other names than the request before
        boolean become(Request request) {
            boolean otherNames = requests > 0 && !request.names().isSameAs(latest.names());
            latest = request;
            requests++;
            named |= !request.names().isEmpty();
            if (otherNames) {
                covered.retain(names()::contains);
            }
            return otherNames;
        }

        /// The client holds these now.
        void covers(Sent brought) {
            if (isOwed()) {
                brought.addNamesTo(covered);
                covered.retain(names()::contains);
            }
        }

        /// A name is asked for that no accepted push brought: it came up during an outage, or what is kept
        /// lacks it. The version must not be claimed then, as a control plane that goes by it on a new
        /// stream would never send the name.
        boolean isOwed() {
            return covered.count() < latest.names().size() && !covered.containsAll(names());
        }

        Keeper.Scope scope() {
            boolean full = !named || COMPLETE.contains(latest.typeUrl());
            return new Keeper.Scope(full, !named, named ? names().names() : null, List.of());
        }

        /// All names given back: to ask without names would mean "everything" on a new stream.
        boolean isAbandoned() {
            return named && latest.names().isEmpty();
        }
    }
}
