package dev.outrigger.xds;

import java.net.ProtocolException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The incremental variant: requests add up to a subscription, and answers to a set of versions that the client
/// holds.
final class DeltaState implements StreamState {
    private static final String ANY = "*";
    /// The version of what a client may hold or not: no control plane has it, so that what there is comes again, and
    /// what
    /// there is not is said to be gone.
    private static final byte[] UNKNOWN = {'?'};

    private final Map<String, Type> types = new LinkedHashMap<>();
    private final NodeMemory node = new NodeMemory();
    private final Keeper keeper;
    private int session;
    private boolean live;

    DeltaState(Keeper keeper) {
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
        type.requests++;
        type.subscribe(request);
        boolean stale = isStale(type, request);
        if (!live) {
            return null;
        }
        if (!stale) {
            return node.complete(request.raw(), request.node() != null);
        }
        if (request.names().isEmpty() && request.unsubscribed().isEmpty()) {
            return null;
        }
        var change = without(request.raw(), Set.of(Protocol.DELTA.nonce, Protocol.DELTA.error));
        return node.complete(change.toBytes(), request.node() != null);
    }

    @Override
    public boolean isMereAnswer(Request request) {
        var type = types.get(request.typeUrl());
        return live && type != null && request.names().isEmpty() && type.pushes.isMereAnswerToAnother(request, keeper);
    }

    @Override
    public void onPush(Push push) {
        var type = types.get(push.typeUrl());
        if (type != null) {
            type.pushes.add(Sent.of(push, session, keeper));
        }
    }

    @Override
    public List<byte[]> onUpstreamOpen() {
        session++;
        live = true;
        node.restart();
        var messages = new ArrayList<byte[]>(types.size());
        for (var type : types.values()) {
            if (type.wildcard || !type.names.isEmpty()) {
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
        return type == null || type.wildcard ? 0 : type.names.count();
    }

    /// Takes the answer in, and tells whether its nonce is from an upstream stream before this one.
    private boolean isStale(Type type, Request request) {
        if (!request.isAnswer()) {
            return false;
        }
        var answered = type.pushes.answer(request.nonce());
        if (answered == null) {
            return session > 1 || keeper.isOwn(request.nonce());
        }
        if (request.error() == null) {
            answered.addTo(type.held);
            answered.removeDoubtsFrom(type.doubtful);
            if (answered.isToBeKept()) {
                keeper.acked(request.typeUrl(), answered, type.scope(answered));
            }
        } else {
            answered.addDoubtsTo(type.doubtful);
            type.keepWanted(type.doubtful);
        }
        answered.release();
        return answered.session() != session || keeper.isOwn(request.nonce());
    }

    /// What the control plane hears first about a type; the client's own bytes where they are still the whole
    /// story.
    private byte[] first(Type type) {
        boolean untouched = session == 1 && type.requests == 1;
        return untouched
                ? node.complete(type.first.raw(), type.first.node() != null)
                : node.complete(again(type), false);
    }

    private byte[] again(Type type) {
        var writer = without(type.first.raw(), Set.of(1, 3, 4, 5, 6, 7)); // keeps the type and what is unknown
        if (type.wildcard && (type.explicit || !type.names.isEmpty())) {
            writer.element(Protocol.DELTA.names, ANY);
        }
        type.names.names().forEach(name -> writer.element(Protocol.DELTA.names, name));
        var told = type.held.copy();
        for (var name : type.doubts().names()) {
            told.add(name);
            told.version(told.find(name), UNKNOWN, 0, UNKNOWN.length);
        }
        told.writeTo(writer, Protocol.DELTA.initialVersions);
        return writer.toBytes();
    }

    private static Writer without(byte[] message, Set<Integer> dropped) {
        var writer = new Writer();
        try {
            for (var fields = new Fields(message); fields.next(); ) {
                if (!dropped.contains(fields.number())) {
                    fields.copyTo(writer);
                }
            }
        } catch (ProtocolException e) {
            throw new IllegalStateException("a request that was readable is not any more", e);
        }
        return writer;
    }

    @Override
    public List<Wanted> wanted() {
        return types.values().stream()
                .filter(type -> type.first.initialVersions().isEmpty() && (type.wildcard || !type.names.isEmpty()))
                .map(type -> new Wanted(type.first.typeUrl(), type.wildcard, Set.copyOf(type.names.names())))
                .toList();
    }

    private static final class Type {
        final PushLog pushes = new PushLog();
        final Request first;
        final ResourceTable names = new ResourceTable();
        final ResourceTable held = new ResourceTable();
        /// Names in pushes that the client refused as a whole, until it accepts a push of them: it may have taken the
        /// good part of one. What it accepted of them before is kept meanwhile.
        final ResourceTable doubtful = new ResourceTable();
        int requests;
        /// Everything of the type: asked by a first request without names, or by `*`.
        boolean wildcard;
        boolean explicit;
        /// The keeper knows the names, but for those given back since.
        boolean scoped;

        final Set<String> dropped = new HashSet<>();

        Type(Request first) {
            this.first = first;
            this.wildcard = first.names().isEmpty();
            this.held.take(first.initialVersions(), null, Listing.EMPTY);
        }

        /// With a wildcard, what a client holds or may hold is all there is of its subscription. All of it is
        /// told once; then what changes, so that a push of one resource costs the same however many there are.
        Keeper.Scope scope(Sent answered) {
            if (!wildcard) {
                answered.retain(names);
            }
            var scope = new Keeper.Scope(false, wildcard, scoped ? null : only(), List.copyOf(dropped));
            scoped = true;
            dropped.clear();
            return scope;
        }

        private Set<String> only() {
            var only = new HashSet<>((wildcard ? held : names).names());
            if (wildcard) {
                only.addAll(doubtful.names());
            }
            return only;
        }

        /// Names of which nobody knows which version the client holds, if any: of what it refused, and of what it did
        /// not answer yet.
        ResourceTable doubts() {
            var doubts = doubtful.copy();
            pushes.addDoubtsTo(doubts);
            keepWanted(doubts);
            return doubts;
        }

        /// The client does not hold what it does not ask for.
        void keepWanted(ResourceTable table) {
            if (!wildcard) {
                table.retain(names::contains);
            }
        }

        void subscribe(Request request) {
            for (var name : request.names().toList()) {
                if (name.equals(ANY)) {
                    wildcard = true;
                    explicit = true;
                } else {
                    names.add(name);
                    dropped.remove(name);
                }
            }
            request.unsubscribed().toList().forEach(this::unsubscribe);
        }

        private void unsubscribe(String name) {
            if (name.equals(ANY)) {
                wildcard = false;
                explicit = false;
                keepWanted(held);
                keepWanted(doubtful);
                scoped = false;
            } else {
                names.remove(name);
                if (!wildcard) {
                    held.remove(name);
                    doubtful.remove(name);
                    dropped.add(name);
                    pushes.forget(name);
                }
            }
        }
    }
}
