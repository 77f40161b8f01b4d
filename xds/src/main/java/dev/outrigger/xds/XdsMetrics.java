package dev.outrigger.xds;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/// Counts what the relay does. What alerts look at exists from the start: a counter that comes with its first
/// event shows no increase. Any thread.
final class XdsMetrics {
    /// Last parts of the type URLs that get a label of their own; a client may ask for any text.
    private static final Set<String> KNOWN = Set.of(
            "Cluster",
            "ClusterLoadAssignment",
            "Listener",
            "RouteConfiguration",
            "ScopedRouteConfiguration",
            "VirtualHost",
            "Secret",
            "Runtime",
            "TypedExtensionConfig",
            "NameTable",
            "ProxyConfig",
            "Workload");

    private static final String OTHER = "other";
    private static final String TYPE = "type";

    private final MeterRegistry registry;
    private final AtomicInteger streams = new AtomicInteger();
    private final Counter losses;
    private final Counter dialFailures;

    XdsMetrics(MeterRegistry registry) {
        this.registry = registry;
        gauge("outrigger.xds.streams", "Streams of clients open now", streams, AtomicInteger::get);
        this.losses = counter("outrigger.xds.connection.losses", "Connections to the control plane that ended");
        this.dialFailures = counter("outrigger.xds.dial.failures", "Tries to connect to the control plane that failed");
        labels().forEach(this::nacks);
    }

    void streamOpened() {
        streams.incrementAndGet();
    }

    void streamClosed() {
        streams.decrementAndGet();
    }

    void pushed(String typeUrl, int bytes) {
        var type = label(typeUrl);
        counter("outrigger.xds.pushes", "Pushes passed on to clients", TYPE, type)
                .increment();
        counter("outrigger.xds.push.bytes", "Bytes of the pushes passed on to clients", TYPE, type)
                .increment(bytes);
    }

    void acked(String typeUrl) {
        counter("outrigger.xds.acks", "Pushes that clients accepted", TYPE, label(typeUrl))
                .increment();
    }

    void nacked(String typeUrl) {
        nacks(label(typeUrl)).increment();
    }

    void troubled(String typeUrl, XdsTrouble.Kind kind) {
        counter(
                        "outrigger.xds.troubles",
                        "Troubles that the watchdog told of",
                        TYPE,
                        label(typeUrl),
                        "kind",
                        kind.name().toLowerCase(Locale.ROOT))
                .increment();
    }

    void connected() {
        counter("outrigger.xds.connects", "Connections made to the control plane")
                .increment();
    }

    void connectionLost() {
        losses.increment();
    }

    void dialFailed() {
        dialFailures.increment();
    }

    void upstreamStreamEnded() {
        counter("outrigger.xds.upstream.stream.ends", "Streams that the control plane ended")
                .increment();
    }

    /// Shows what is kept, for as long as it is.
    void keeping(KnownGood known, Outage outage) {
        gauge(
                "outrigger.xds.snapshot.serving",
                "1 while clients are served from the last known good",
                outage,
                it -> it.serves() ? 1 : 0);
        gauge(
                "outrigger.xds.snapshot.age.seconds",
                "Time since the last known good was in agreement with the control plane",
                known,
                it -> it.age().toMillis() / 1000.0);
        labels().forEach(label -> gauge(
                "outrigger.xds.snapshot.resources",
                "Resources in the last known good",
                known,
                it -> count(it, label),
                TYPE,
                label));
    }

    private static Stream<String> labels() {
        return Stream.concat(KNOWN.stream(), Stream.of(OTHER));
    }

    private static int count(KnownGood known, String label) {
        return known.counts().entrySet().stream()
                .filter(type -> label(type.getKey()).equals(label))
                .mapToInt(Map.Entry::getValue)
                .sum();
    }

    private static String label(String typeUrl) {
        var last = typeUrl.substring(typeUrl.lastIndexOf('.') + 1);
        return KNOWN.contains(last) ? last : OTHER;
    }

    private Counter nacks(String label) {
        return counter("outrigger.xds.nacks", "Pushes that clients refused", TYPE, label);
    }

    private Counter counter(String name, String description, String... tags) {
        return Counter.builder(name).description(description).tags(tags).register(registry);
    }

    private <T> void gauge(String name, String description, T of, ToDoubleFunction<T> value, String... tags) {
        Gauge.builder(name, of, value).description(description).tags(tags).register(registry);
    }
}
