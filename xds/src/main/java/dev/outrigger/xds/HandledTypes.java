package dev.outrigger.xds;

import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import java.net.ProtocolException;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The types that the agent consumes, and the turn in which their handlers are called: one after the other, on
/// virtual threads. Any thread; what is mutable is owned by `turn`.
final class HandledTypes {
    private static final System.Logger log = System.getLogger(HandledTypes.class.getName());

    private final Map<String, ResourceHandler> handlers;
    private final @Nullable KnownGood known;
    private final Executor offload;
    private final ReentrantLock turn = new ReentrantLock(true);
    private final Set<String> heard = new HashSet<>();

    /// @param handlers one for each type
    /// @param known keeps what they accept; null when nothing is kept
    HandledTypes(List<ResourceHandler> handlers, @Nullable KnownGood known, Executor offload) {
        this.handlers = byType(handlers);
        this.known = known;
        this.offload = offload;
    }

    Set<String> types() {
        return handlers.keySet();
    }

    /// Gives a push to its handler.
    ///
    /// @param done hears the reason for which it was refused, or null
    void accept(Protocol protocol, Push push, Consumer<@Nullable String> done) {
        inTurn(() -> done.accept(tryAccept(protocol, push)));
    }

    /// Gives the handlers what was kept, as far as the control plane has not said anything yet.
    void acceptKept() {
        var from = known;
        if (from != null) {
            handlers.values().forEach(handler -> inTurn(() -> acceptKept(handler, from)));
        }
    }

    private @Nullable String tryAccept(Protocol protocol, Push push) {
        var handler = handlers.get(push.typeUrl());
        if (handler == null) {
            throw new IllegalStateException("no handler for " + push.typeUrl());
        }
        try {
            var resources = push.resources(protocol);
            handler.accept(resources);
            heard.add(push.typeUrl());
            if (known != null) {
                known.accepted(push, resources, protocol == Protocol.SOTW);
            }
            return null;
        } catch (RejectedResourceException | ProtocolException | RuntimeException e) {
            return e.getMessage() == null ? e.toString() : e.getMessage();
        }
    }

    private void acceptKept(ResourceHandler handler, KnownGood from) {
        var kept = from.accepted(handler.typeUrl());
        if (kept.isEmpty() || !heard.add(handler.typeUrl())) {
            return;
        }
        try {
            handler.accept(kept);
            log.log(INFO, "last known good taken over type={0} as_of={1}", handler.typeUrl(), from.asOf());
        } catch (RejectedResourceException | RuntimeException e) {
            log.log(WARNING, "last known good refused type={0}: {1}", handler.typeUrl(), e.toString());
        }
    }

    private static Map<String, ResourceHandler> byType(List<ResourceHandler> handlers) {
        var byType = new LinkedHashMap<String, ResourceHandler>();
        for (var handler : handlers) {
            if (byType.put(handler.typeUrl(), handler) != null) {
                throw new IllegalStateException("two handlers for " + handler.typeUrl());
            }
        }
        return Map.copyOf(byType);
    }

    private void inTurn(Runnable action) {
        offload.execute(() -> {
            turn.lock();
            try {
                action.run();
            } catch (RuntimeException e) {
                log.log(System.Logger.Level.ERROR, "a handler failed, please report", e);
            } finally {
                turn.unlock();
            }
        });
    }
}
