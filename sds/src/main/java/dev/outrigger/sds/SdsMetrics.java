package dev.outrigger.sds;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Collection;

/// Counts what happens on the secret streams. Thread-safe.
final class SdsMetrics {
    private final Counter pushes;
    private final Counter acks;
    private final Counter nacks;

    SdsMetrics(MeterRegistry registry, Collection<?> streams) {
        Gauge.builder("outrigger.sds.streams", streams, Collection::size)
                .description("Secret streams open now")
                .register(registry);
        pushes = counter(registry, "outrigger.sds.pushes", "Responses sent");
        acks = counter(registry, "outrigger.sds.acks", "Responses accepted");
        nacks = counter(registry, "outrigger.sds.nacks", "Responses refused");
    }

    void pushed() {
        pushes.increment();
    }

    void acked() {
        acks.increment();
    }

    void nacked() {
        nacks.increment();
    }

    private static Counter counter(MeterRegistry registry, String name, String description) {
        return Counter.builder(name).description(description).register(registry);
    }
}
