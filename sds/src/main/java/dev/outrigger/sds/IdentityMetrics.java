package dev.outrigger.sds;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Counts what happens to the identity. Thread-safe.
final class IdentityMetrics {
    /// Why no new identity came; the only values of the label `reason`.
    enum Failure {
        /// The source is not there or broke off.
        UNAVAILABLE,
        /// The source knows no identity for this workload.
        PERMISSION_DENIED,
        /// The source does not speak the protocol.
        PROTOCOL,
        /// The source sent something that must not be used.
        REFUSED,
        /// The source does not take our credential.
        UNAUTHENTICATED,
        /// The source accepted the request and did not answer in time.
        TIMEOUT,
        /// What is ours to do failed: the own authority, the key, the request, a file of ours.
        ISSUE
    }

    private final Counter rotations;
    private final Map<Failure, Counter> failures = new EnumMap<>(Failure.class);
    private volatile @Nullable Instant expiresAt;

    IdentityMetrics(MeterRegistry registry, InstantSource clock) {
        rotations = Counter.builder("outrigger.identity.rotations")
                .description("Identities taken into use")
                .register(registry);
        for (var failure : Failure.values()) {
            failures.put(failure, counter(registry, failure));
        }
        Gauge.builder("outrigger.identity.expiry", () -> remaining(clock))
                .baseUnit("seconds")
                .description("Time until the identity expires; negative once it has, NaN while there is none")
                .register(registry);
    }

    void rotated(Identity identity) {
        expiresAt = identity.expiresAt();
        rotations.increment();
    }

    /// There is none any more.
    void dropped() {
        expiresAt = null;
    }

    void failed(Failure failure) {
        var counter = failures.get(failure);
        if (counter != null) {
            counter.increment();
        }
    }

    private double remaining(InstantSource clock) {
        var end = expiresAt;
        return end == null ? Double.NaN : Duration.between(clock.instant(), end).toMillis() / 1000.0;
    }

    private static Counter counter(MeterRegistry registry, Failure failure) {
        return Counter.builder("outrigger.identity.failures")
                .description("Attempts that brought no new identity")
                .tag("reason", failure.name().toLowerCase(Locale.ROOT))
                .register(registry);
    }
}
