package dev.outrigger.xds;

import dev.outrigger.xds.Snapshot.Client;
import dev.outrigger.xds.Snapshot.KeptType;
import dev.outrigger.xds.Snapshot.Resource;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What clients accepted of the control plane, and what the agent itself did. Any thread; everything mutable is
/// guarded by it.
final class KnownGood {
    /// The agent's own types are kept under a name that no client has.
    private static final Client AGENT = new Client("", "outrigger");
    /// Private keys stay in memory of those who use them.
    private static final Set<String> NEVER =
            Set.of("type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret");
    /// One workload has few clients; more are made up.
    private static final int MAX_CLIENTS = 16;

    private final String node;
    private final List<String> controlPlanes;
    private final Duration maxAge;
    private final InstantSource clock;
    private final Map<Client, Map<String, KeptType>> clients = new LinkedHashMap<>();
    private final Map<Client, Integer> streams = new HashMap<>();
    private final Map<Client, Instant> left = new HashMap<>();
    private Instant asOf = Instant.EPOCH;
    private boolean answering;
    private @Nullable Runnable changed;

    /// @param maxAge nothing is used for which neither its client nor a control plane was there within it
    KnownGood(String node, List<String> controlPlanes, Duration maxAge, InstantSource clock) {
        this.node = node;
        this.controlPlanes = List.copyOf(controlPlanes);
        this.maxAge = maxAge;
        this.clock = clock;
    }

    static boolean keeps(String typeUrl) {
        return !NEVER.contains(typeUrl);
    }

    /// Why what was written once must not be served by this agent; null when it may be.
    @Nullable
    String refusal(Snapshot kept) {
        if (!kept.node().equals(node)) {
            return "it is of node " + kept.node() + ", this is " + node;
        }
        if (kept.controlPlanes().stream().noneMatch(controlPlanes::contains)) {
            return "it is of control plane " + kept.controlPlanes() + ", this agent asks " + controlPlanes;
        }
        var age = Duration.between(kept.asOf(), clock.instant());
        return age.compareTo(maxAge) > 0
                ? "it is of " + kept.asOf() + ", older than xds-snapshot-max-age " + maxAge
                : null;
    }

    /// Takes over what an agent before this one kept. Before anybody else has it.
    synchronized void restore(Snapshot kept) {
        clients.putAll(kept.clients());
        asOf = kept.asOf();
    }

    /// @param action run after each change, by whoever changes, without a lock: must be quick
    synchronized void onChange(Runnable action) {
        changed = action;
    }

    /// Whether a control plane answers now, and so stands behind what is kept.
    void answering(boolean now) {
        Runnable then;
        synchronized (this) {
            boolean ended = answering && !now;
            if (answering) {
                asOf = clock.instant();
            }
            answering = now;
            then = ended && !clients.isEmpty() ? changed : null;
        }
        run(then);
    }

    synchronized boolean isAnswering() {
        return answering;
    }

    synchronized Instant asOf() {
        return answering ? clock.instant() : asOf;
    }

    synchronized Duration age() {
        return asOf.equals(Instant.EPOCH) && !answering ? Duration.ZERO : Duration.between(asOf(), clock.instant());
    }

    synchronized void opened(Client client) {
        var gone = left.remove(client);
        if (gone != null && gone.plus(maxAge).isBefore(clock.instant())) {
            clients.remove(client);
        }
        streams.merge(client, 1, Integer::sum);
    }

    synchronized void closed(Client client) {
        if (streams.merge(client, -1, Integer::sum) <= 0) {
            streams.remove(client);
            left.put(client, clock.instant());
        }
    }

    /// A client accepted a push.
    ///
    /// @param pushed by name; null when the names cannot be read
    void acked(Client client, String typeUrl, Sent push, @Nullable Map<String, Resource> pushed, Keeper.Scope scope) {
        Runnable then;
        synchronized (this) {
            var types = types(client);
            if (types == null) {
                return;
            }
            var old = types.get(typeUrl);
            var resources = old == null ? new LinkedHashMap<String, Resource>() : old.resources();
            if (pushed != null) {
                merge(resources, pushed, push.removed().names(), scope);
                restrict(client, resources, scope);
            }
            var raw = push.raw();
            var whole = pushed == null && raw != null ? raw.toBytes() : null;
            types.put(typeUrl, new KeptType(push.version(), whole, resources));
            then = changed;
        }
        run(then);
    }

    private static void merge(
            Map<String, Resource> resources, Map<String, Resource> pushed, List<String> removed, Keeper.Scope scope) {
        if (scope.full() && scope.all()) {
            resources.clear();
        } else if (scope.full()) {
            resources.keySet().removeIf(scope.names());
        }
        resources.putAll(pushed);
        removed.forEach(resources.keySet()::remove);
    }

    /// What the client gave back, or never asked for since it came again, is not kept. Clients that look alike
    /// may want different things, though.
    private void restrict(Client client, Map<String, Resource> resources, Keeper.Scope scope) {
        boolean limited = !scope.all() || !scope.full();
        if (limited && streams.getOrDefault(client, 0) <= 1) {
            resources.keySet().removeIf(scope.names().negate());
        }
    }

    /// The agent itself accepted a push.
    ///
    /// @param full there is nothing else of the type
    void accepted(Push push, List<HandledResource> accepted, boolean full) {
        Runnable then;
        synchronized (this) {
            var types = clients.computeIfAbsent(AGENT, _ -> new LinkedHashMap<>());
            var old = types.get(push.typeUrl());
            var resources = old == null || full ? new LinkedHashMap<String, Resource>() : old.resources();
            for (var resource : accepted) {
                // The state of the world gives no names; its resources are told apart by their place.
                var name = full ? Integer.toString(resources.size()) : resource.name();
                resources.put(name, new Resource(resource.version(), resource.value()));
            }
            push.removed().names().forEach(resources::remove);
            types.put(push.typeUrl(), new KeptType(push.version(), null, resources));
            then = changed;
        }
        run(then);
    }

    /// What the agent itself accepted of a type; empty when nothing.
    synchronized List<HandledResource> accepted(String typeUrl) {
        var type = clients.getOrDefault(AGENT, Map.of()).get(typeUrl);
        return type == null
                ? List.of()
                : type.resources().entrySet().stream()
                        .map(it -> new HandledResource(
                                it.getKey(),
                                it.getValue().version(),
                                it.getValue().value()))
                        .toList();
    }

    /// What is kept of a type, as far as the client wants it.
    ///
    /// @return null when nothing is known of the type
    synchronized @Nullable KeptType select(Client client, StreamState.Wanted wanted) {
        var type = clients.getOrDefault(client, Map.of()).get(wanted.typeUrl());
        if (type == null) {
            return null;
        }
        var selected = type.copy();
        if (!wanted.all()) {
            selected.resources().keySet().retainAll(wanted.names());
        }
        return selected;
    }

    /// All of it; its values are never changed.
    synchronized Snapshot snapshot() {
        var copy = new LinkedHashMap<Client, Map<String, KeptType>>();
        clients.forEach((client, types) -> {
            var theirs = new LinkedHashMap<String, KeptType>();
            types.forEach((typeUrl, type) -> theirs.put(typeUrl, type.copy()));
            copy.put(client, theirs);
        });
        return new Snapshot(node, controlPlanes, asOf(), copy);
    }

    /// Number of resources by type URL.
    synchronized Map<String, Integer> counts() {
        var counts = new TreeMap<String, Integer>();
        clients.values()
                .forEach(types -> types.forEach((typeUrl, type) -> counts.merge(typeUrl, type.count(), Integer::sum)));
        return counts;
    }

    private @Nullable Map<String, KeptType> types(Client client) {
        if (clients.size() >= MAX_CLIENTS && !clients.containsKey(client)) {
            var idle = clients.keySet().stream()
                    .filter(it -> !it.equals(AGENT) && !streams.containsKey(it))
                    .findFirst();
            if (idle.isEmpty()) {
                return null;
            }
            clients.remove(idle.get());
            left.remove(idle.get());
        }
        return clients.computeIfAbsent(client, _ -> new LinkedHashMap<>());
    }

    private static void run(@Nullable Runnable action) {
        if (action != null) {
            action.run();
        }
    }
}
