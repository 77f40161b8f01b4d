package dev.outrigger.xds;

import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import dev.outrigger.health.Condition;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/// What the outside hears of the connection: the condition, the log, the metrics and the observer. Owned by the
/// upstream's context; {@link #link} may be read from any thread.
final class UpstreamReport {
    private static final System.Logger log = System.getLogger(UpstreamReport.class.getName());
    private static final Duration REMIND = Duration.ofSeconds(15);

    private final XdsMetrics metrics;
    private final XdsObserver observer;
    private final InstantSource clock;
    private final Condition condition;
    private final Outage outage;
    private Instant warned = Instant.EPOCH;
    private volatile Link link;

    /// What {@link XdsProxy#status} shows; immutable.
    record Link(boolean connected, String controlPlane, Instant since, Optional<String> lastError) {}

    /// @param controlPlane that is dialed first
    UpstreamReport(String controlPlane, XdsProxy.Outside outside, Condition condition, Outage outage) {
        this.metrics = outside.metrics();
        this.observer = outside.observer();
        this.clock = outside.clock();
        this.condition = condition;
        this.outage = outage;
        this.link = new Link(false, controlPlane, clock.instant(), Optional.empty());
    }

    Link link() {
        return link;
    }

    /// @param answering whether the control plane answers a stream
    void dialing(String controlPlane, boolean answering) {
        if (link.lastError().isEmpty() && !answering) {
            condition.unmet("control plane " + controlPlane + " has not answered yet");
        }
        var since = link.connected() ? clock.instant() : link.since();
        link = new Link(false, controlPlane, since, link.lastError());
    }

    void dialFailed() {
        metrics.dialFailed();
    }

    void connected(String controlPlane) {
        link = new Link(true, controlPlane, clock.instant(), link.lastError());
        log.log(INFO, "control plane connected control_plane={0}", controlPlane);
        metrics.connected();
        observer.connected(controlPlane);
        condition.unmet("connected to control plane " + controlPlane + ", no answer on a stream yet");
    }

    void lost() {
        metrics.connectionLost();
        link = new Link(false, link.controlPlane(), clock.instant(), link.lastError());
    }

    void retrying(String reason, Duration in) {
        observer.disconnected(reason, in);
    }

    void answering() {
        condition.met("control plane " + link.controlPlane() + " answers, connected since " + link.since());
    }

    /// No client has a stream any more.
    void idle() {
        condition.unmet("connected to control plane " + link.controlPlane() + ", no client has a stream");
    }

    /// A client is served from what is kept, and the control plane answers nobody.
    void served() {
        unmet(link.lastError().orElse("the control plane does not answer"));
    }

    /// @param answering whether the control plane answers a stream
    void failed(String reason, boolean answering) {
        link = new Link(link.connected(), link.controlPlane(), link.since(), Optional.of(reason));
        if (!answering) {
            unmet(reason);
        }
        if (clock.instant().isAfter(warned.plus(REMIND))) {
            warned = clock.instant();
            log.log(WARNING, "no discovery from the control plane, will retry reason={0}", reason);
        }
    }

    private void unmet(String reason) {
        condition.unmet(reason + "; " + outage.consequence() + ", dialing again");
    }
}
