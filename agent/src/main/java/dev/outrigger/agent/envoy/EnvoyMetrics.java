package dev.outrigger.agent.envoy;

import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/// What the supervisor counts.
public final class EnvoyMetrics {
    private final MeterRegistry registry;
    private final AtomicLong readyMillis;

    /// Registers the meters.
    public EnvoyMetrics(MeterRegistry registry) {
        this.registry = registry;
        this.readyMillis = new AtomicLong();
        io.micrometer.core.instrument.Gauge.builder(
                        "outrigger.envoy.ready.after", readyMillis, millis -> millis.doubleValue() / 1000)
                .baseUnit("seconds")
                .description("time from the last start of Envoy until it was ready")
                .register(registry);
        for (var reason : new String[] {"exit", "signal"}) {
            registry.counter("outrigger.envoy.exits", "reason", reason);
        }
    }

    void ready(Duration took) {
        readyMillis.set(took.toMillis());
    }

    void exited(int status) {
        registry.counter("outrigger.envoy.exits", "reason", status > 128 ? "signal" : "exit")
                .increment();
    }
}
