package dev.outrigger.xds;

import static java.lang.System.Logger.Level.INFO;

import dev.outrigger.health.Condition;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The one connection to the control plane that all streams share.
///
/// It is dialed at start, so that the TLS handshake runs while Envoy boots, and redialed whenever it is lost: the
/// control planes in their order, then a pause with full jitter. Each dial looks up the name and the credentials
/// again.
///
/// All mutable fields are owned by `context`.
final class Upstream implements Connection.Owner {
    private static final System.Logger log = System.getLogger(Upstream.class.getName());

    private final XdsConfig config;
    private final Dialer dialer;
    private final XdsProxy.Outside outside;
    private final LoopContext context;

    private final Set<RelayStream> waiting = new LinkedHashSet<>();
    private final Set<RelayStream> answering = new HashSet<>();
    private final Outage outage;
    private final UpstreamReport report;
    private final PingPace pings;
    private Runnable whenAway = () -> {};
    private @Nullable Connection connection;
    private @Nullable Credentials credentials;
    private boolean pausing;
    private boolean closed;
    private int next;
    private int failures;
    private int dials;

    Upstream(XdsConfig config, Dialer dialer, XdsProxy.Outside outside, Condition condition, Outage outage) {
        this.config = config;
        this.dialer = dialer;
        this.outside = outside;
        this.context = new LoopContext(outside.timer(), Upstream::crashed);
        this.outage = outage;
        this.pings = new PingPace(config.keepalive().time());
        this.report = new UpstreamReport(Dialer.name(config.controlPlanes().getFirst()), outside, condition, outage);
    }

    /// @param away told each time the control plane counts as away; must be quick
    void start(Runnable away) {
        context.execute(() -> {
            whenAway = away;
            dial();
        });
    }

    UpstreamReport.Link link() {
        return report.link();
    }

    /// The stream wants an upstream stream; it is told through {@link RelayStream#open} or {@link
    /// RelayStream#refused}.
    ///
    /// @param failures how often it has failed in a row; 0 asks at once
    void want(RelayStream stream, int failures) {
        context.execute(() -> {
            if (outage.isAway() && (failures > 0 || !isReady())) {
                stream.controlPlaneAway();
            }
            if (failures == 0) {
                enqueue(stream);
            } else {
                after(config.backoff().delay(failures, outside.random()), () -> enqueue(stream));
            }
        });
    }

    /// The stream got its first answer from the control plane.
    void answering(RelayStream stream) {
        context.execute(() -> {
            answering.add(stream);
            outage.answered(stream);
            report.answering();
        });
    }

    /// The stream was sent something of the last known good.
    void served(RelayStream stream) {
        context.execute(() -> {
            if (!answering.contains(stream)) {
                outage.served(stream);
                if (answering.isEmpty()) {
                    report.served();
                }
            }
        });
    }

    /// The stream's upstream stream ended.
    void streamLost(RelayStream stream, String reason) {
        outside.metrics().upstreamStreamEnded();
        context.execute(() -> {
            leftAnswering(stream);
            if (pings.lost(reason, dials)) {
                log.log(INFO, "the control plane wants fewer pings, sending them after silence={0}", pings.every());
            }
            failed("stream to control plane " + link().controlPlane() + " ended: " + reason);
        });
    }

    /// The stream is closed.
    void forget(RelayStream stream) {
        context.execute(() -> {
            waiting.remove(stream);
            outage.left(stream);
            if (leftAnswering(stream) && isReady()) {
                report.idle();
            }
        });
    }

    void close() {
        context.execute(() -> {
            closed = true;
            waiting.clear();
            if (connection != null) {
                connection.close();
            }
        });
    }

    /// Whether it was the last one that the control plane answered.
    private boolean leftAnswering(RelayStream stream) {
        boolean last = answering.remove(stream) && answering.isEmpty();
        if (last) {
            outage.silent();
        }
        return last;
    }

    private boolean isReady() {
        return connection != null && connection.isReady();
    }

    private void enqueue(RelayStream stream) {
        context.requireInside();
        if (closed) {
            return;
        }
        waiting.add(stream);
        if (isReady()) {
            serve();
        } else {
            dial();
        }
    }

    private void serve() {
        var streams = Set.copyOf(waiting);
        waiting.clear();
        streams.forEach(this::serve);
    }

    /// Hands the connection to a stream, or makes a new one when the credentials have changed.
    private void serve(RelayStream stream) {
        var current = connection;
        var known = current == null ? null : current.credentials();
        if (current != null && known != null) {
            outside.offload().execute(() -> {
                var offer = Offer.of(dialer, known);
                context.execute(() -> serve(stream, current, offer));
            });
        }
    }

    private void serve(RelayStream stream, Connection from, Offer offer) {
        context.requireInside();
        if (from.equals(connection) && offer.outdated()) {
            log.log(INFO, "credentials changed, connecting again control_plane={0}", from.name());
            from.leave();
            connection = null;
        }
        if (!from.equals(connection)) {
            enqueue(stream);
        } else if (offer.headers() != null) {
            stream.open(from.client(), offer.headers());
        } else {
            failed(offer.problem());
            stream.refused(offer.problem());
        }
    }

    private void dial() {
        context.requireInside();
        if (connection != null || pausing || closed) {
            return;
        }
        var target = config.controlPlanes().get(next);
        int number = ++dials;
        report.dialing(Dialer.name(target), !answering.isEmpty());
        after(Outage.PATIENCE, () -> {
            if (number == dials && !isReady()) {
                suspectOutage();
            }
        });
        connection = Connection.dial(dialer, target, credentials, pings.every(), this, context, outside);
    }

    @Override
    public void connected(Connection now) {
        failures = 0;
        next = 0;
        keepCredentials(now);
        report.connected(now.name());
        serve();
    }

    @Override
    public void lost(Connection was) {
        connection = null;
        report.lost();
        retry("connection to control plane " + was.name() + " was lost");
    }

    @Override
    public void failed(Connection dialed, String reason) {
        connection = null;
        keepCredentials(dialed);
        report.dialFailed();
        next = (next + 1) % config.controlPlanes().size();
        if (next == 0) {
            retry("control plane " + reason);
        } else {
            failed("control plane " + reason);
            report.retrying(reason, Duration.ZERO);
            dial();
        }
    }

    private void keepCredentials(Connection from) {
        credentials = from.credentials() == null ? credentials : from.credentials();
    }

    private void retry(String reason) {
        failed(reason);
        pausing = true;
        var delay = config.backoff().delay(++failures, outside.random());
        report.retrying(reason, delay);
        after(delay, () -> {
            pausing = false;
            dial();
        });
    }

    private void failed(String reason) {
        report.failed(reason, !answering.isEmpty());
        if (answering.isEmpty()) {
            suspectOutage();
        }
    }

    private void suspectOutage() {
        if (outage.suspect()) {
            after(Outage.GRACE, () -> {
                if (outage.confirm(!answering.isEmpty())) {
                    whenAway.run();
                }
            });
        }
    }

    private void after(Duration delay, Runnable action) {
        var _ = outside.timer()
                .schedule(
                        () -> context.execute(() -> {
                            if (!closed) {
                                action.run();
                            }
                        }),
                        delay.toNanos(),
                        TimeUnit.NANOSECONDS);
    }

    private static void crashed(Throwable cause) {
        log.log(System.Logger.Level.ERROR, "control plane connection failed, please report", cause);
    }
}
