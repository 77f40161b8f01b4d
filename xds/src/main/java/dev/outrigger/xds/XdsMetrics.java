package dev.outrigger.xds;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
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

    private final MeterRegistry registry;
    private final AtomicInteger streams = new AtomicInteger();
    private final Counter losses;
    private final Counter dialFailures;

    XdsMetrics(MeterRegistry registry) {
        this.registry = registry;
        registry.gauge("outrigger.xds.streams", streams);
        this.losses = registry.counter("outrigger.xds.connection.losses");
        this.dialFailures = registry.counter("outrigger.xds.dial.failures");
        labels().forEach(label -> registry.counter("outrigger.xds.nacks", "type", label));
    }

    void streamOpened() {
        streams.incrementAndGet();
    }

    void streamClosed() {
        streams.decrementAndGet();
    }

    void pushed(String typeUrl, int bytes) {
        counter("outrigger.xds.pushes", typeUrl).increment();
        counter("outrigger.xds.push.bytes", typeUrl).increment(bytes);
    }

    void acked(String typeUrl) {
        counter("outrigger.xds.acks", typeUrl).increment();
    }

    void nacked(String typeUrl) {
        counter("outrigger.xds.nacks", typeUrl).increment();
    }

    void troubled(String typeUrl, XdsTrouble.Kind kind) {
        registry.counter(
                        "outrigger.xds.troubles",
                        "type",
                        label(typeUrl),
                        "kind",
                        kind.name().toLowerCase(Locale.ROOT))
                .increment();
    }

    void connected() {
        registry.counter("outrigger.xds.connects").increment();
    }

    void connectionLost() {
        losses.increment();
    }

    void dialFailed() {
        dialFailures.increment();
    }

    void upstreamStreamEnded() {
        registry.counter("outrigger.xds.upstream.stream.ends").increment();
    }

    /// Shows what is kept, for as long as it is.
    void keeping(KnownGood known, Outage outage) {
        registry.gauge("outrigger.xds.snapshot.serving", outage, it -> it.serves() ? 1 : 0);
        registry.gauge(
                "outrigger.xds.snapshot.age.seconds", known, it -> it.age().toMillis() / 1000.0);
        labels().forEach(label -> registry.gauge(
                "outrigger.xds.snapshot.resources", Tags.of("type", label), known, it -> count(it, label)));
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

    private Counter counter(String name, String typeUrl) {
        return registry.counter(name, "type", label(typeUrl));
    }
}
