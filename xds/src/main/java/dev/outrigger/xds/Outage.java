package dev.outrigger.xds;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Whether the control plane is away, so that new clients are served from the last known good. Owned by the
/// upstream's context.
final class Outage {
    /// From a failure until the control plane counts as away: a dial of the next one, or again, may yet succeed.
    /// When the dials of all of them failed, it is away at once.
    private static final Duration GRACE = Duration.ofMillis(100);
    /// A control plane that no TCP connection reaches within this, as when packets are dropped, is away. It is
    /// more than a round trip to anywhere sensible, and to serve what is kept too early does no harm.
    private static final Duration REACH = Duration.ofMillis(200);
    /// One with which the handshakes of TLS and HTTP/2 are not done within this is away.
    private static final Duration PATIENCE = Duration.ofSeconds(1);
    private static final Duration REMIND = Duration.ofSeconds(15);

    private final @Nullable KnownGood known;
    private final Set<RelayStream> answered = new HashSet<>();
    private final Set<RelayStream> serving = new HashSet<>();
    private Later later = (_, _) -> {};
    private Runnable whenAway = () -> {};
    private Runnable whenServing = () -> {};
    private boolean reminding;
    private boolean away;
    private boolean suspected;
    private volatile boolean serves;

    /// Runs something later on the upstream's context.
    interface Later {
        void after(Duration delay, Runnable action);
    }

    /// @param known null when nothing is kept
    Outage(@Nullable KnownGood known) {
        this.known = known;
    }

    /// @param away run each time the control plane counts as away; must be quick
    /// @param serving run now and then while clients are served; must be quick
    void start(Later timer, Runnable away, Runnable serving) {
        later = timer;
        whenAway = away;
        whenServing = serving;
    }

    boolean isAway() {
        return away;
    }

    /// Whether a client is served from what is kept; any thread.
    boolean serves() {
        return serves;
    }

    /// Whether the control plane answers any stream.
    boolean isAnswering() {
        return !answered.isEmpty();
    }

    /// More is kept than before.
    void restored() {
        if (away) {
            whenAway.run();
        }
    }

    /// A dial has begun.
    void dialing(Connection dialed) {
        later.after(REACH, () -> {
            if (!dialed.isReached() && !dialed.isEnded()) {
                confirm();
            }
        });
        later.after(PATIENCE, () -> {
            if (!dialed.isReady() && !dialed.isEnded()) {
                confirm();
            }
        });
    }

    /// Something failed.
    void suspect() {
        if (known != null && !away && !suspected && answered.isEmpty()) {
            suspected = true;
            later.after(GRACE, this::confirm);
        }
    }

    /// Nothing is left that might answer, or the grace is over.
    void confirm() {
        suspected = false;
        if (known != null && !away && answered.isEmpty()) {
            away = true;
            whenAway.run();
        }
    }

    /// A client was sent something of what is kept.
    void served(RelayStream stream) {
        if (answered.contains(stream)) {
            return;
        }
        serving.add(stream);
        serves = true;
        if (!reminding) {
            remind();
        }
    }

    /// What is shown says how old it is.
    private void remind() {
        reminding = serves && answered.isEmpty();
        if (reminding) {
            whenServing.run();
            later.after(REMIND, this::remind);
        }
    }

    /// The control plane answers a stream.
    void answered(RelayStream stream) {
        answered.add(stream);
        away = false;
        ended(stream);
        if (known != null) {
            known.answering(true);
        }
    }

    /// The control plane does not answer the stream any more.
    ///
    /// @return whether it was the last one that it answered
    boolean lost(RelayStream stream) {
        boolean last = answered.remove(stream) && answered.isEmpty();
        if (last && known != null) {
            known.answering(false);
        }
        return last;
    }

    /// The client's stream is closed.
    ///
    /// @return whether it was the last one that the control plane answered
    boolean closed(RelayStream stream) {
        ended(stream);
        return lost(stream);
    }

    private void ended(RelayStream stream) {
        serving.remove(stream);
        serves = !serving.isEmpty();
    }

    /// What becomes of Envoy meanwhile.
    String consequence() {
        return known == null || serving.isEmpty()
                ? "Envoy keeps its configuration"
                : "serving the last known good of " + known.asOf() + ", " + text(known.age()) + " old";
    }

    private static String text(Duration age) {
        var seconds = age.truncatedTo(ChronoUnit.SECONDS);
        return seconds.toString().substring(2).toLowerCase(Locale.ROOT); // PT3H12M5S: 3h12m5s
    }
}
