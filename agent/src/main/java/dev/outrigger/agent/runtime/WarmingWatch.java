package dev.outrigger.agent.runtime;

import static java.lang.System.Logger.Level.DEBUG;

import dev.outrigger.agent.envoy.EnvoyWarming;
import dev.outrigger.agent.envoy.EnvoyWarming.Kind;
import dev.outrigger.agent.envoy.EnvoyWarming.Named;
import dev.outrigger.agent.envoy.EnvoyWarming.Resource;
import dev.outrigger.xds.XdsHistory;
import dev.outrigger.xds.XdsProxy;
import dev.outrigger.xds.XdsTrouble;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Tells the relay's watchdog of clusters and listeners that warm for too long, and what each waits for. Envoy is
/// asked only after a push, until nothing warms any more.
///
/// One virtual thread owns all but the snapshot `troubles`.
final class WarmingWatch implements AutoCloseable {
    private static final System.Logger log = System.getLogger(WarmingWatch.class.getName());
    private static final Duration LONGEST_PACE = Duration.ofSeconds(5);
    private static final Duration SHORTEST_PACE = Duration.ofMillis(100);
    private static final int LOOKS = 6;
    private static final int NAMES = 3;

    private final EnvoyWarming envoy;
    private final XdsProxy xds;
    private final Duration limit;
    private final InstantSource clock;
    private final CountDownLatch closing = new CountDownLatch(1);
    private Map<Named, Instant> since = Map.of();
    private long pushesSettled = -1;
    private volatile List<XdsTrouble> troubles = List.of();

    private WarmingWatch(EnvoyWarming envoy, XdsProxy xds, Duration limit, InstantSource clock) {
        this.envoy = envoy;
        this.xds = xds;
        this.limit = limit;
        this.clock = clock;
    }

    /// @param limit of the time to warm; zero: it never looks
    static WarmingWatch start(EnvoyWarming envoy, XdsProxy xds, Duration limit, InstantSource clock) {
        var watch = new WarmingWatch(envoy, xds, limit, clock);
        if (!limit.isZero()) {
            xds.watch(() -> watch.troubles);
            Thread.ofVirtual().name("envoy-warming").start(watch::run);
        }
        return watch;
    }

    @Override
    public void close() {
        closing.countDown();
    }

    private void run() {
        var pace = Duration.ofMillis(limit.toMillis() / LOOKS);
        pace = pace.compareTo(SHORTEST_PACE) < 0 ? SHORTEST_PACE : pace;
        pace = pace.compareTo(LONGEST_PACE) > 0 ? LONGEST_PACE : pace;
        try {
            while (!closing.await(pace.toMillis(), TimeUnit.MILLISECONDS)) {
                look();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void look() {
        long pushes = xds.status().streams().stream()
                .flatMap(stream -> stream.types().stream())
                .mapToLong(type -> type.pushes())
                .sum();
        if (pushes == pushesSettled) {
            return;
        }
        try {
            var warming = envoy.look();
            remember(warming);
            var late = warming.stream().filter(this::isLate).toList();
            troubles = late.isEmpty() ? List.of() : troubles(late, xds.history());
            pushesSettled = warming.isEmpty() ? pushes : -1;
        } catch (IOException e) {
            log.log(DEBUG, "Envoy does not tell what warms: {0}", e.getMessage());
        }
    }

    /// A resource that is pushed again and again while it warms has warmed since the first time.
    private void remember(List<Resource> warming) {
        var now = new HashMap<Named, Instant>();
        warming.forEach(it -> now.put(it.named(), since.getOrDefault(it.named(), it.since())));
        since = now;
    }

    private boolean isLate(Resource resource) {
        return Duration.between(since(resource), clock.instant()).compareTo(limit) >= 0;
    }

    private Instant since(Resource resource) {
        return since.getOrDefault(resource.named(), resource.since());
    }

    private List<XdsTrouble> troubles(List<Resource> late, XdsHistory history) {
        return Stream.of(Kind.CLUSTER, Kind.LISTENER)
                .map(kind ->
                        late.stream().filter(it -> it.named().kind() == kind).toList())
                .filter(them -> !them.isEmpty())
                .map(them -> trouble(them, history))
                .toList();
    }

    private XdsTrouble trouble(List<Resource> late, XdsHistory history) {
        var typeUrl = late.getFirst().named().kind().typeUrl();
        long stream = history.streams().stream()
                .filter(it ->
                        it.types().stream().anyMatch(type -> type.typeUrl().equals(typeUrl)))
                .mapToLong(XdsHistory.Stream::id)
                .findFirst()
                .orElse(0);
        var oldest = late.stream().map(this::since).min(Instant::compareTo).orElseThrow();
        var reason = late.stream()
                .limit(NAMES)
                .map(it -> it.named() + " waits for " + wanted(it, held(history)))
                .collect(Collectors.joining("; "));
        var more = late.size() > NAMES ? "; and " + (late.size() - NAMES) + " more" : "";
        return new XdsTrouble(
                stream,
                typeUrl,
                XdsTrouble.Kind.WARMING,
                oldest,
                reason + more + "; until then Envoy uses what it had");
    }

    private static String wanted(Resource resource, Function<Kind, Set<String>> held) {
        var missing = resource.needs().stream()
                .filter(it -> it.kind() != Kind.SECRET && !held.apply(it.kind()).contains(it.name()))
                .map(Named::toString)
                .sorted()
                .collect(Collectors.joining(", "));
        if (!missing.isEmpty()) {
            return missing + ", which the control plane has not sent";
        }
        var secrets = resource.needs().stream()
                .filter(it -> it.kind() == Kind.SECRET)
                .map(Named::toString)
                .sorted()
                .collect(Collectors.joining(", "));
        return "nothing that has not been sent before"
                + (secrets.isEmpty() ? "" : " but " + secrets + " (outrigger certs shows the agent's)")
                + "; the control plane must send endpoints and routes again after what names them";
    }

    /// Names that some client of the relay accepted.
    private static Function<Kind, Set<String>> held(XdsHistory history) {
        return kind -> {
            var names = new HashSet<String>();
            history.streams().stream()
                    .flatMap(stream -> stream.types().stream())
                    .filter(type -> type.typeUrl().equals(kind.typeUrl()))
                    .forEach(type -> type.held().forEach(it -> names.add(it.name())));
            return names;
        };
    }
}
