package dev.outrigger.xds;

import static java.lang.System.Logger.Level.DEBUG;
import static java.lang.System.Logger.Level.WARNING;

import dev.outrigger.xds.Snapshot.Client;
import dev.outrigger.xds.Snapshot.KeptType;
import java.net.ProtocolException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// What clients accepted of the control plane, and what the agent itself did. Any thread; everything mutable is
/// guarded by it.
final class KnownGood {
    private static final System.Logger log = System.getLogger(KnownGood.class.getName());
    /// The agent's own types are kept under a name that no client has.
    private static final Client AGENT = new Client("", "outrigger");
    /// Private keys stay in memory of those who use them.
    private static final Set<String> NEVER =
            Set.of("type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret");
    /// One workload has few clients; more are made up.
    private static final int MAX_CLIENTS = 16;
    /// Bytes of the largest push that is kept: for a moment it is there three times, and most of the memory is
    /// for the relay.
    static final long LARGEST = Runtime.getRuntime().maxMemory() / 6;

    private final String node;
    private final List<String> controlPlanes;
    private final Duration maxAge;
    private final InstantSource clock;
    private final Executor offload;
    private final Map<Client, Map<String, KeptType>> clients = new LinkedHashMap<>();
    private final Map<Client, Integer> streams = new ConcurrentHashMap<>(); // not guarded
    private final Map<Client, Instant> left = new HashMap<>();
    private final Arrivals arrivals = new Arrivals(); // guards itself
    private final Set<String> tooLarge = new HashSet<>();
    private Instant asOf = Instant.EPOCH;
    private boolean answering;
    private volatile @Nullable Change changed; // not guarded

    /// @param offload takes apart what clients accepted
    /// @param maxAge nothing is used for which neither its client nor a control plane was there within it
    KnownGood(String node, List<String> controlPlanes, Duration maxAge, InstantSource clock, Executor offload) {
        this.node = node;
        this.controlPlanes = List.copyOf(controlPlanes);
        this.maxAge = maxAge;
        this.clock = clock;
        this.offload = offload;
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

    /// Takes over what an agent before this one kept, as far as nothing newer has come.
    synchronized void restore(Snapshot kept) {
        drain();
        kept.clients().forEach((client, types) -> {
            var newer = clients.computeIfAbsent(client, _ -> new LinkedHashMap<>());
            types.forEach(newer::putIfAbsent);
        });
        asOf = asOf.isBefore(kept.asOf()) ? kept.asOf() : asOf;
    }

    /// Hears of changes.
    interface Change {
        /// Run by whoever changes, without a lock: must be quick.
        ///
        /// @param urgent the control plane has just gone away
        void changed(boolean urgent);
    }

    synchronized void onChange(Change action) {
        changed = action;
    }

    /// Whether a control plane answers now, and so stands behind what is kept.
    void answering(boolean now) {
        Change then;
        synchronized (this) {
            boolean ended = answering && !now;
            if (answering) {
                asOf = clock.instant();
            }
            answering = now;
            then = ended && !(clients.isEmpty() && arrivals.isEmpty()) ? changed : null;
        }
        run(then, true);
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

    /// Whether no other stream of the client is open.
    boolean isAlone(Client client) {
        return streams.getOrDefault(client, 0) <= 1;
    }

    /// A client accepted a push. Costs next to nothing here: it is taken apart when somebody wants to know what
    /// is in it, or too much waits for that. A large one takes milliseconds, and an event loop has others to
    /// serve.
    void acked(Accepted accepted) {
        switch (arrivals.add(accepted)) {
            case FINE -> {}
            case FULL -> offload.execute(this::absorb);
            case TWICE -> absorb(); // clients are faster than we are
        }
        run(changed, false);
    }

    private synchronized void absorb() {
        drain();
    }

    private void drain() {
        for (var next = arrivals.poll(); next != null; next = arrivals.poll()) {
            try {
                take(next);
            } catch (ProtocolException e) {
                log.log(DEBUG, "an accepted push cannot be kept type={0}: {1}", next.typeUrl(), e.getMessage());
            } finally {
                next.release();
            }
        }
    }

    private void take(Accepted accepted) throws ProtocolException {
        var client = accepted.client();
        var types = types(client);
        if (types == null) {
            return;
        }
        if (accepted.isTooLarge() && tooLarge.add(accepted.typeUrl())) {
            log.log(
                    WARNING,
                    "a push is too large to be kept for an outage type={0}; give the agent more memory (-Xmx)",
                    accepted.typeUrl());
        }
        var now = accepted.onto(types.get(accepted.typeUrl()));
        if (now == null) {
            types.remove(accepted.typeUrl());
        } else {
            types.put(accepted.typeUrl(), now);
        }
    }

    /// The agent itself accepted a push.
    ///
    /// @param full there is nothing else of the type
    void accepted(Push push, List<HandledResource> accepted, boolean full) {
        Change then;
        synchronized (this) {
            var types = clients.computeIfAbsent(AGENT, _ -> new LinkedHashMap<>());
            var old = types.get(push.typeUrl());
            var resources = old == null || full ? new KeptResources() : old.resources();
            for (var resource : accepted) {
                // The state of the world gives no names; its resources are told apart by their place.
                var name = full ? Integer.toString(resources.count()) : resource.name();
                resources.put(name, resource.version(), resource.value());
            }
            resources.remove(push.removed());
            types.put(push.typeUrl(), new KeptType(push.version(), null, resources));
            then = changed;
        }
        run(then, false);
    }

    /// What the agent itself accepted of a type; empty when nothing.
    synchronized List<HandledResource> accepted(String typeUrl) {
        var type = clients.getOrDefault(AGENT, Map.of()).get(typeUrl);
        if (type == null) {
            return List.of();
        }
        var resources = type.resources();
        return IntStream.range(0, resources.count())
                .mapToObj(row -> new HandledResource(resources.name(row), resources.version(row), resources.value(row)))
                .toList();
    }

    /// Has what is kept of a type read, which nobody changes meanwhile.
    ///
    /// @return what the reader makes of it; null when nothing is known of the type
    synchronized <T> @Nullable T read(Client client, String typeUrl, Function<KeptType, @Nullable T> reader) {
        drain();
        var type = clients.getOrDefault(client, Map.of()).get(typeUrl);
        return type == null ? null : reader.apply(type);
    }

    /// All of it, for another thread to read; to be closed.
    synchronized Snapshot snapshot() {
        drain();
        var copy = new LinkedHashMap<Client, Map<String, KeptType>>();
        clients.forEach((client, types) -> {
            var theirs = new LinkedHashMap<String, KeptType>();
            types.forEach((typeUrl, type) -> theirs.put(
                    typeUrl,
                    new KeptType(type.version(), type.whole(), type.resources().view())));
            copy.put(client, theirs);
        });
        return new Snapshot(node, controlPlanes, asOf(), copy);
    }

    /// Number of resources by type URL.
    synchronized Map<String, Integer> counts() {
        drain();
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

    private static void run(@Nullable Change action, boolean urgent) {
        if (action != null) {
            action.changed(urgent);
        }
    }
}
