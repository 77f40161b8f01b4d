package dev.outrigger.xds;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Whether the control plane is away, so that new clients are served from the last known good. Owned by the
/// upstream's context.
final class Outage {
    /// From a failure until the control plane counts as away: a dial of the next one, or again, may yet succeed.
    static final Duration GRACE = Duration.ofMillis(100);
    /// A dial that neither succeeds nor fails, as when packets are dropped, counts as a failure after this.
    static final Duration PATIENCE = Duration.ofSeconds(1);

    private final @Nullable KnownGood known;
    private final Set<RelayStream> serving = new HashSet<>();
    private boolean away;
    private boolean suspected;
    private volatile boolean serves;

    /// @param known null when nothing is kept
    Outage(@Nullable KnownGood known) {
        this.known = known;
    }

    boolean isAway() {
        return away;
    }

    /// Whether a client is served from what is kept; any thread.
    boolean serves() {
        return serves;
    }

    /// Something failed.
    ///
    /// @return whether {@link #confirm} is due after {@link #GRACE}
    boolean suspect() {
        if (known == null || away || suspected) {
            return false;
        }
        suspected = true;
        return true;
    }

    /// The grace is over.
    ///
    /// @param answering whether the control plane answers any stream
    /// @return whether it counts as away from now on
    boolean confirm(boolean answering) {
        suspected = false;
        boolean begins = !answering && !away;
        away |= begins;
        return begins;
    }

    void served(RelayStream stream) {
        serving.add(stream);
        serves = true;
    }

    /// The control plane answers a stream.
    void answered(RelayStream stream) {
        away = false;
        left(stream);
        if (known != null) {
            known.answering(true);
        }
    }

    /// The control plane answers no stream any more.
    void silent() {
        if (known != null) {
            known.answering(false);
        }
    }

    void left(RelayStream stream) {
        serving.remove(stream);
        serves = !serving.isEmpty();
    }

    /// What becomes of Envoy meanwhile.
    String consequence() {
        return known == null || serving.isEmpty()
                ? "Envoy keeps its configuration"
                : "serving the last known good of " + known.asOf();
    }
}
