package dev.outrigger.sds;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import org.jspecify.annotations.Nullable;

/// Counts fetched JWT-SVIDs. The meters are there from the first fetch on: most agents have none. Owned by the
/// loop of {@link JwtSvids}.
final class JwtMetrics {
    private final MeterRegistry registry;
    private @Nullable Counter fetched;
    private @Nullable Counter failures;

    JwtMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    void fetched() {
        if (fetched == null) {
            fetched = counter("outrigger.identity.jwt.fetches", "JWT-SVIDs taken into use");
        }
        fetched.increment();
    }

    void failed() {
        if (failures == null) {
            failures = counter("outrigger.identity.jwt.failures", "Attempts that brought no JWT-SVID");
        }
        failures.increment();
    }

    private Counter counter(String name, String description) {
        return Counter.builder(name).description(description).register(registry);
    }
}
