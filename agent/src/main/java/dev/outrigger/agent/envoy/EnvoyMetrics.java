package dev.outrigger.agent.envoy;

import io.micrometer.core.instrument.Counter;
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
        for (var reason : EnvoyExit.Reason.values()) {
            exits(reason);
            restarts(reason);
        }
    }

    void ready(Duration took) {
        readyMillis.set(took.toMillis());
    }

    void exited(EnvoyExit exit) {
        exits(exit.reason()).increment();
    }

    void restarted(EnvoyExit exit) {
        restarts(exit.reason()).increment();
    }

    private Counter exits(EnvoyExit.Reason reason) {
        return Counter.builder("outrigger.envoy.exits")
                .description("ends of Envoy that nobody asked for")
                .tag("reason", reason.label())
                .register(registry);
    }

    /// Belongs to Envoy in the eyes of who looks at its counters, which begin anew with each restart.
    private Counter restarts(EnvoyExit.Reason reason) {
        return Counter.builder("envoy.restarts")
                .description("times the agent started Envoy again, by how the one before had ended")
                .tag("reason", reason.label())
                .register(registry);
    }
}
