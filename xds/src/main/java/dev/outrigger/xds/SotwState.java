package dev.outrigger.xds;

import java.net.ProtocolException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The state-of-the-world variant: the latest request of a type says everything about it.
final class SotwState implements StreamState {
    private final Map<String, Type> types = new LinkedHashMap<>();
    private final NodeMemory node = new NodeMemory(Protocol.SOTW);
    private int session;
    private boolean live;

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
        if (type.pushes.awaits(session) || type.told.equals(request.names())) {
            return null;
        }
        type.told = request.names();
        return node.complete(again(type), false);
    }

    @Override
    public void onPush(Push push) {
        var type = types.get(push.typeUrl());
        if (type != null) {
            type.pushes.add(new Sent(push.nonce(), push.version(), session, push.versions(), push.removed()));
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
        return answered == null ? session > 1 : answered.session() != session;
    }

    /// What the control plane hears first about a type; the client's own bytes where they are still the whole story.
    private byte[] first(Type type) {
        boolean untouched = session == 1 && type.requests == 1;
        return untouched
                ? node.complete(type.latest.raw(), type.latest.node() != null)
                : node.complete(again(type), false);
    }

    /// The latest request as a first one: same names, the version held, no nonce, no error; unknown fields stay.
    private byte[] again(Type type) {
        var writer = new Writer().string(Protocol.SOTW.version, type.latest.version());
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

    private static final class Type {
        final PushLog pushes = new PushLog();
        Request latest;
        List<String> told = List.of();
        int requests;
        boolean named;

        Type(Request first) {
            this.latest = first;
        }

        /// All names given back: to ask without names would mean "everything" on a new stream.
        boolean isAbandoned() {
            return named && latest.names().isEmpty();
        }
    }
}
