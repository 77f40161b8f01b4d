package dev.outrigger.agent.envoy;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// Decides from what was seen of Envoy whether a drain is over. Owned by the thread of the drain.
final class DrainRule {
    /// How long Envoy's admin interface may be silent before the drain goes on without it.
    private static final Duration BLIND = Duration.ofSeconds(5);

    /// What must be so for it to end.
    enum Demand {
        /// Nothing in flight, and nobody came for a while.
        QUIET,
        /// Nothing in flight.
        IDLE,
        /// Nothing in flight on drained listeners: the drain had begun when the agent was told to end, and
        /// whoever told it has waited for the platform and the application already.
        INBOUND_IDLE
    }

    private final DrainConfig limits;
    private final Instant started;
    private Instant busyUntil;
    private Instant seen;
    private long total = -1;

    DrainRule(DrainConfig limits, Instant started) {
        this.limits = limits;
        this.started = started;
        this.busyUntil = started;
        this.seen = started;
    }

    /// Envoy told what it does.
    ///
    /// @return how it ended; empty when it goes on
    Optional<String> look(EnvoyTraffic traffic, Instant now, Demand demand) {
        seen = now;
        var counted = traffic.total() + (limits.awaitsOutbound() ? traffic.outboundTotal() : 0);
        if (!isIdle(traffic) || (total >= 0 && counted != total)) {
            busyUntil = now;
        }
        total = counted;
        if (Duration.between(started, now).compareTo(limits.max()) >= 0) {
            return Optional.of(
                    traffic.inFlight() + traffic.outbound() == 0
                            ? "limit reached, clients still came but nothing is in flight"
                            : "limit reached with " + traffic.describe() + " left");
        }
        return isMet(traffic, now, demand) ? Optional.of(nothing(traffic)) : Optional.empty();
    }

    private boolean isMet(EnvoyTraffic traffic, Instant now, Demand demand) {
        return switch (demand) {
            case QUIET ->
                Duration.between(started, now).compareTo(limits.min()) >= 0
                        && Duration.between(busyUntil, now).compareTo(limits.quiet()) >= 0;
            case IDLE -> isIdle(traffic);
            case INBOUND_IDLE -> traffic.inFlight() <= limits.target();
        };
    }

    private boolean isIdle(EnvoyTraffic traffic) {
        return traffic.inFlight() <= limits.target() && (!limits.awaitsOutbound() || traffic.outbound() == 0);
    }

    /// Envoy did not tell.
    Optional<String> blind(String why, Instant now) {
        var isOver = Duration.between(seen, now).compareTo(BLIND) >= 0
                || Duration.between(started, now).compareTo(limits.max()) >= 0;
        return isOver
                ? Optional.of("Envoy's admin interface does not answer, what is in flight is not known: " + why)
                : Optional.empty();
    }

    private String nothing(EnvoyTraffic traffic) {
        return traffic.inFlight() == 0
                ? "nothing is in flight"
                : traffic.describe() + " are in flight, which drain-target allows";
    }
}
