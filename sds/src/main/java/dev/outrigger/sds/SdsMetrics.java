package dev.outrigger.sds;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// Counts what happens on the secret streams. Labels: `protocol` (`sotw`, `delta`) and `kind` (of
/// {@link SecretResource.Kind}). Thread-safe.
final class SdsMetrics {
    private final MeterRegistry registry;
    private final Map<String, Answers> answers;
    private final Map<SecretResource.Kind, Counter> secrets = new EnumMap<>(SecretResource.Kind.class);
    private final Timer taken;

    SdsMetrics(MeterRegistry registry, Collection<SecretStream<?, ?>> streams) {
        this.registry = registry;
        this.answers = Map.of(SotwStream.KIND, answers(SotwStream.KIND), DeltaStream.KIND, answers(DeltaStream.KIND));
        for (var kind : answers.keySet()) {
            Gauge.builder(
                            "outrigger.sds.streams",
                            streams,
                            all -> all.stream()
                                    .filter(stream -> stream.status().kind().equals(kind))
                                    .count())
                    .tag("protocol", kind)
                    .description("Secret streams open now")
                    .register(registry);
        }
        for (var kind : SecretResource.Kind.values()) {
            secrets.put(
                    kind,
                    Counter.builder("outrigger.sds.secrets")
                            .tag("kind", kind.name().toLowerCase(Locale.ROOT))
                            .description("Secrets sent")
                            .register(registry));
        }
        taken = Timer.builder("outrigger.sds.rotation")
                .description("From a new secret at the agent until a client accepted it")
                .register(registry);
    }

    private record Answers(Counter pushes, Counter acks, Counter nacks) {}

    private Answers answers(String protocol) {
        return new Answers(
                counter("outrigger.sds.pushes", "Responses sent", protocol),
                counter("outrigger.sds.acks", "Responses accepted", protocol),
                counter("outrigger.sds.nacks", "Responses refused", protocol));
    }

    /// For {@link #accepted}: nanoseconds of a clock that only goes forward.
    long now() {
        return registry.config().clock().monotonicTime();
    }

    void pushed(String protocol, List<SecretResource> sent) {
        of(protocol).pushes().increment();
        sent.forEach(secret -> {
            var counter = secrets.get(secret.kind());
            if (counter != null) {
                counter.increment();
            }
        });
    }

    void acked(String protocol) {
        of(protocol).acks().increment();
    }

    void nacked(String protocol) {
        of(protocol).nacks().increment();
    }

    /// @param since when the new secret was there, by {@link #now}
    void accepted(long since) {
        taken.record(now() - since, TimeUnit.NANOSECONDS);
    }

    private Answers of(String protocol) {
        var counters = answers.get(protocol);
        if (counters == null) {
            throw new IllegalStateException("no such protocol: " + protocol);
        }
        return counters;
    }

    private Counter counter(String name, String description, String protocol) {
        return Counter.builder(name)
                .tag("protocol", protocol)
                .description(description)
                .register(registry);
    }
}
