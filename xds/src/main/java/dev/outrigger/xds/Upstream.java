package dev.outrigger.xds;

import static java.lang.System.Logger.Level.INFO;

import dev.outrigger.h2.H2Client;
import dev.outrigger.health.Condition;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The one connection to the control plane that all streams share.
///
/// It is dialed at start, so that the TLS handshake runs while Envoy boots, and redialed whenever it is lost: the
/// control planes in their order, then a pause with full jitter. Each dial looks up the name and the credentials
/// again. A control plane that is connected and serves no stream is left for the next one; {@link Failback}
/// returns to the first.
///
/// All mutable fields are owned by `context`.
final class Upstream implements Connection.Owner {
    private static final System.Logger log = System.getLogger(Upstream.class.getName());
    /// What a server says whose connection is old enough, or that stops. Source: RFC 9113, section 6.8.
    private static final String IN_ORDER = "GOAWAY NO_ERROR";
    /// Streams that end without an answer, one after the other, before the next control plane is tried.
    private static final int REFUSALS = 3;

    private final XdsConfig config;
    private final Dialer dialer;
    private final XdsProxy.Outside outside;
    private final LoopContext context;

    private final Set<RelayStream> waiting = new LinkedHashSet<>();
    private final Outage outage;
    private final UpstreamReport report;
    private final PingPace pings;
    private final Failback failback;
    private Runnable whenMoved = () -> {};
    private @Nullable Connection connection;
    private @Nullable Credentials credentials;
    private boolean pausing;
    private boolean closed;
    private int next;
    private int failures;
    private int current;
    private int refusals;
    private int dials;
    private Instant dialedAt = Instant.EPOCH;

    Upstream(XdsConfig config, Dialer dialer, XdsProxy.Outside outside, Condition condition, Outage outage) {
        this.config = config;
        this.dialer = dialer;
        this.outside = outside;
        this.context = new LoopContext(outside.timer(), Upstream::crashed);
        this.outage = outage;
        this.pings = new PingPace(config.keepalive().time());
        this.failback = new Failback(config.returnEvery(), this, outside.clock(), outside.random());
        this.report = new UpstreamReport(
                H2Client.Target.authority(config.controlPlanes().getFirst()), outside, condition, outage);
    }

    /// @param away told each time the control plane counts as away; must be quick
    /// @param moved told when streams are to move to another connection; must be quick
    void start(Runnable away, Runnable moved) {
        context.execute(() -> {
            outage.start(this::after, away, report::served);
            whenMoved = moved;
            dial();
        });
    }

    /// More is kept than before.
    void restored() {
        context.execute(outage::restored);
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
            refusals = 0;
            outage.answered(stream);
            report.answering();
        });
    }

    /// The stream was sent something of the last known good.
    void served(RelayStream stream) {
        context.execute(() -> outage.served(stream));
    }

    /// The control plane took a stream's requests and says nothing.
    void silent(Duration since) {
        context.execute(() -> {
            failed("control plane " + link().controlPlane() + " accepted a stream, and has not answered for " + since);
            refused(REFUSALS);
        });
    }

    /// The stream wants another upstream stream in the place of the one it has.
    void reopens(RelayStream stream) {
        context.execute(() -> {
            outage.lost(stream);
            enqueue(stream);
        });
    }

    /// The stream's upstream stream ended.
    void streamLost(RelayStream stream, String reason) {
        outside.metrics().upstreamStreamEnded();
        context.execute(() -> {
            boolean inOrder = isInOrder(reason);
            outage.lost(stream);
            if (pings.lost(reason, dials)) {
                log.log(INFO, "the control plane wants fewer pings, sending them after silence={0}", pings.every());
            }
            if (inOrder) {
                outage.suspect();
            } else {
                failed("stream to control plane " + link().controlPlane() + " ended: " + reason);
            }
            refused(1);
        });
    }

    /// A control plane that takes no stream is of no use, and another one may be, or the same when it is shown the
    /// certificate again.
    private void refused(int times) {
        refusals += times;
        if (refusals < REFUSALS || outage.isAnswering() || connection == null || !connection.isReady()) {
            return;
        }
        boolean hasNext = config.controlPlanes().size() > 1;
        if (hasNext || connection.isBare()) {
            refusals = 0;
            next = (current + 1) % config.controlPlanes().size();
            leave(
                    hasNext
                            ? "control plane serves no stream, trying the next one"
                            : "control plane serves no stream without the certificate of this workload, showing it"
                                    + " again");
            whenMoved.run();
            dial();
        }
    }

    private void leave(String why) {
        if (connection != null) {
            log.log(INFO, why + " control_plane={0}", connection.name());
            failback.stop();
            connection.leave();
            connection = null;
        }
    }

    /// The stream is closed.
    void forget(RelayStream stream) {
        context.execute(() -> {
            waiting.remove(stream);
            if (outage.closed(stream) && isReady()) {
                report.idle();
            }
        });
    }

    void close() {
        context.execute(() -> {
            closed = true;
            failback.stop();
            waiting.clear();
            if (connection != null) {
                connection.close();
            }
        });
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
            leave("credentials changed, connecting again");
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
        dials++;
        dialedAt = outside.clock().instant();
        report.dialing(H2Client.Target.authority(target), outage.isAnswering());
        connection = probe(next, this);
        outage.dialing(connection);
    }

    /// A connection that is nobody's yet.
    Connection probe(int index, Connection.Owner owner) {
        return Connection.dial(
                dialer, config.controlPlanes().get(index), credentials, pings.every(), owner, context, outside);
    }

    /// Moves all streams to another connection, which is ready.
    void adopt(int index, Connection better) {
        context.requireInside();
        var old = connection;
        next = index;
        connection = better;
        better.belongsTo(this);
        connected(better);
        whenMoved.run();
        if (old != null) {
            old.leave();
        }
    }

    @Override
    public void connected(Connection now) {
        failures = 0;
        current = next;
        next = 0;
        keepCredentials(now);
        report.connected(now.name());
        failback.connected(current);
        serve();
    }

    @Override
    public void lost(Connection was, String reason) {
        connection = null;
        failback.stop();
        report.lost();
        var why = "connection to control plane " + was.name() + " was lost: " + reason;
        if (isInOrder(reason)) {
            log.log(INFO, "the control plane asks to be dialed again control_plane={0} reason={1}", was.name(), reason);
            outage.suspect();
        } else {
            failed(why);
        }
        retry(why, Duration.ZERO);
    }

    @Override
    public void failed(Connection dialed, String reason) {
        connection = null;
        keepCredentials(dialed);
        report.dialFailed();
        next = (next + 1) % config.controlPlanes().size();
        failed("control plane " + reason);
        if (next == 0) {
            // What the dial itself took counts: a control plane that was not reachable is asked again at once.
            retry(
                    "control plane " + reason,
                    Duration.between(dialedAt, outside.clock().instant()));
            outage.confirm(); // none is left that might answer
        } else {
            report.retrying(reason, Duration.ZERO);
            dial();
        }
    }

    private void keepCredentials(Connection from) {
        credentials = from.credentials() == null ? credentials : from.credentials();
    }

    private void retry(String reason, Duration waited) {
        pausing = true;
        var pause = config.backoff().delay(++failures, outside.random()).minus(waited);
        var delay = pause.isNegative() ? Duration.ZERO : pause;
        report.retrying(reason, delay);
        after(delay, () -> {
            pausing = false;
            dial();
        });
    }

    /// A control plane that answered and ends its connection has not failed, unless it cannot be dialed again.
    private boolean isInOrder(String reason) {
        return reason.contains(IN_ORDER) && outage.isAnswering();
    }

    private void failed(String reason) {
        report.failed(reason, outage.isAnswering());
        outage.suspect();
    }

    /// Runs something later on the upstream's context, unless the relay is closed then.
    void after(Duration delay, Runnable action) {
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
