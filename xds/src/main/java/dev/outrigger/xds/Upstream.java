package dev.outrigger.xds;

import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import dev.outrigger.health.Condition;
import io.grpc.ClientCall;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.SynchronizationContext;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The one connection to the control plane that all streams share.
///
/// It is dialed at start, so that the TLS handshake runs while Envoy boots, and redialed whenever it is lost: the
/// control planes in their order, then a pause with full jitter. Each dial looks up the name and the credentials
/// again. gRPC's own reconnecting is not used, because it waits up to two minutes.
///
/// All mutable fields are owned by `context`.
final class Upstream {
    private static final System.Logger log = System.getLogger(Upstream.class.getName());
    private static final Duration REMIND = Duration.ofSeconds(15);

    private final XdsConfig config;
    private final Supplier<Optional<ClientIdentity>> identity;
    private final Dialer dialer;
    private final XdsProxy.Outside outside;
    private final ScheduledExecutorService timer;
    private final RandomGenerator random;
    private final InstantSource clock;
    private final Condition condition;
    private final SynchronizationContext context = new SynchronizationContext(this::crashed);

    private final Set<RelayStream> waiting = new LinkedHashSet<>();
    private final Set<RelayStream> answering = new HashSet<>();
    private final Outage outage;
    private Runnable whenAway = () -> {};
    private @Nullable ManagedChannel channel;
    private @Nullable Credentials credentials;
    private boolean ready;
    private boolean dialing;
    private boolean closed;
    private int next;
    private int failures;
    private int dials;
    private final PingPace pings;
    private Instant warned = Instant.EPOCH;
    private volatile Link link;

    /// What {@link XdsProxy#status} shows; immutable.
    record Link(boolean connected, String controlPlane, Instant since, Optional<String> lastError) {}

    Upstream(
            XdsConfig config,
            Supplier<Optional<ClientIdentity>> identity,
            Dialer dialer,
            XdsProxy.Outside outside,
            Condition condition,
            Outage outage) {
        this.config = config;
        this.identity = identity;
        this.dialer = dialer;
        this.outside = outside;
        this.timer = outside.timer();
        this.random = outside.random();
        this.clock = outside.clock();
        this.condition = condition;
        this.outage = outage;
        this.pings = new PingPace(config.keepalive().time());
        this.link = new Link(false, Dialer.name(config.controlPlanes().getFirst()), clock.instant(), Optional.empty());
    }

    /// @param away told each time the control plane counts as away; must be quick
    void start(Runnable away) {
        context.execute(() -> {
            whenAway = away;
            dial();
        });
    }

    Link link() {
        return link;
    }

    /// The stream wants an upstream stream; it is told through {@link RelayStream#open} or {@link
    /// RelayStream#refused}.
    ///
    /// @param failures how often it has failed in a row; 0 asks at once
    void want(RelayStream stream, int failures) {
        context.execute(() -> {
            if (outage.isAway() && (failures > 0 || !ready)) {
                stream.controlPlaneAway();
            }
            if (failures == 0) {
                enqueue(stream);
            } else {
                after(config.backoff().delay(failures, random), () -> enqueue(stream));
            }
        });
    }

    /// The stream got its first answer from the control plane.
    void answering(RelayStream stream) {
        context.execute(() -> {
            answering.add(stream);
            outage.answered(stream);
            condition.met("control plane " + link.controlPlane() + " answers, connected since " + link.since());
        });
    }

    /// The stream was sent something of the last known good.
    void served(RelayStream stream) {
        context.execute(() -> {
            if (!answering.contains(stream)) {
                outage.served(stream);
                if (answering.isEmpty()) {
                    condition.unmet(link.lastError().orElse("the control plane does not answer") + "; "
                            + outage.consequence() + ", dialing again");
                }
            }
        });
    }

    /// The stream's upstream stream ended.
    void streamLost(RelayStream stream, String reason) {
        outside.metrics().upstreamStreamEnded();
        context.execute(() -> {
            if (answering.remove(stream) && answering.isEmpty()) {
                outage.silent();
            }
            if (pings.lost(reason, dials)) {
                log.log(INFO, "the control plane wants fewer pings, sending them after silence={0}", pings.every());
            }
            failed("stream to control plane " + link.controlPlane() + " ended: " + reason);
        });
    }

    /// The stream is closed.
    void forget(RelayStream stream) {
        context.execute(() -> {
            waiting.remove(stream);
            outage.left(stream);
            if (answering.remove(stream) && answering.isEmpty()) {
                outage.silent();
                if (ready) {
                    condition.unmet("connected to control plane " + link.controlPlane() + ", no client has a stream");
                }
            }
        });
    }

    void close() {
        context.execute(() -> {
            closed = true;
            waiting.clear();
            var open = channel;
            channel = null; // so that its end is not taken for a loss
            if (open != null) {
                open.shutdownNow();
            }
        });
    }

    private void enqueue(RelayStream stream) {
        context.throwIfNotInThisSynchronizationContext();
        if (closed) {
            return;
        }
        waiting.add(stream);
        if (ready) {
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
        var current = channel;
        var known = credentials;
        if (current != null && known != null) {
            outside.offload().execute(() -> {
                var offer = offer(known);
                context.execute(() -> serve(stream, current, offer));
            });
        }
    }

    private void serve(RelayStream stream, ManagedChannel from, Offer offer) {
        context.throwIfNotInThisSynchronizationContext();
        if (from.equals(channel) && offer.outdated()) {
            log.log(INFO, "credentials changed, connecting again control_plane={0}", link.controlPlane());
            leave(from);
        }
        if (!from.equals(channel)) {
            enqueue(stream);
        } else if (offer.headers() != null) {
            stream.open(from, offer.headers());
        } else {
            failed(offer.problem());
            stream.refused(offer.problem());
        }
    }

    /// Runs on a virtual thread.
    private Offer offer(Credentials known) {
        boolean outdated = false;
        try {
            outdated = !known.equals(Credentials.load(config.security(), identity.get(), known));
        } catch (IOException e) {
            log.log(WARNING, "credentials cannot be loaded, keeping the last ones error={0}", e.getMessage());
        }
        try {
            return new Offer(dialer.headers(), "", outdated);
        } catch (IOException e) {
            return new Offer(null, String.valueOf(e.getMessage()), outdated);
        }
    }

    private void dial() {
        context.throwIfNotInThisSynchronizationContext();
        if (dialing || closed) {
            return;
        }
        dialing = true;
        var target = config.controlPlanes().get(next);
        var known = credentials;
        int pick = random.nextInt();
        dials++;
        var pingEvery = pings.every();
        if (link.lastError().isEmpty() && answering.isEmpty()) {
            condition.unmet("control plane " + Dialer.name(target) + " has not answered yet");
        }
        var since = link.connected() ? clock.instant() : link.since();
        link = new Link(false, Dialer.name(target), since, link.lastError());
        int number = dials;
        after(Outage.PATIENCE, () -> {
            if (number == dials && !ready) {
                suspectOutage();
            }
        });
        outside.offload().execute(() -> dial(target, known, pick, pingEvery));
    }

    /// Runs on a virtual thread.
    private void dial(InetSocketAddress target, @Nullable Credentials known, int pick, Duration pingEvery) {
        try {
            var loaded = loadOrKeep(known);
            var dialed = dialer.channel(target, loaded, pick, pingEvery);
            context.execute(() -> connect(dialed, loaded));
        } catch (IOException | RuntimeException e) {
            context.execute(() -> dialFailed(Dialer.name(target) + ": " + e.getMessage()));
        }
    }

    private Credentials loadOrKeep(@Nullable Credentials known) throws IOException {
        try {
            return Credentials.load(config.security(), identity.get(), known);
        } catch (IOException e) {
            if (known == null) {
                throw e;
            }
            log.log(WARNING, "credentials cannot be loaded, keeping the last ones error={0}", e.getMessage());
            return known;
        }
    }

    private void connect(ManagedChannel dialed, Credentials with) {
        context.throwIfNotInThisSynchronizationContext();
        if (closed) {
            dialed.shutdownNow();
            return;
        }
        channel = dialed;
        credentials = with;
        watch(dialed, dialed.getState(true));
        // A peer that accepts and then says nothing would hold the dial for ever.
        after(config.keepalive().timeout(), () -> {
            if (dialed.equals(channel) && !ready) {
                leave(dialed);
                dialFailed(link.controlPlane() + ": no answer within "
                        + config.keepalive().timeout());
            }
        });
    }

    private void watch(ManagedChannel watched, ConnectivityState state) {
        context.throwIfNotInThisSynchronizationContext();
        if (!watched.equals(channel)) {
            return;
        }
        if (state == ConnectivityState.READY) {
            connected();
        } else if (state == ConnectivityState.TRANSIENT_FAILURE) {
            explain(watched);
            return;
        } else if (ready) {
            leave(watched);
            connectionLost();
            return;
        }
        watched.notifyWhenStateChanged(state, () -> context.execute(() -> watch(watched, watched.getState(false))));
    }

    /// A channel does not tell why it cannot connect; a call on it does, at once.
    private void explain(ManagedChannel broken) {
        var call = RawBytes.newCall(broken, Protocol.SOTW);
        call.start(
                new ClientCall.Listener<byte[]>() {
                    @Override
                    public void onClose(Status status, Metadata trailers) {
                        context.execute(() -> {
                            if (broken.equals(channel)) {
                                leave(broken);
                                dialFailed(link.controlPlane() + ": " + XdsErrors.text(status));
                            }
                        });
                    }
                },
                new Metadata());
        call.cancel("only asked why the connection failed", null);
    }

    private void connected() {
        ready = true;
        dialing = false;
        failures = 0;
        next = 0;
        link = new Link(true, link.controlPlane(), clock.instant(), link.lastError());
        log.log(INFO, "control plane connected control_plane={0}", link.controlPlane());
        outside.metrics().connected();
        outside.observer().connected(link.controlPlane());
        condition.unmet("connected to control plane " + link.controlPlane() + ", no answer on a stream yet");
        serve();
    }

    private void connectionLost() {
        outside.metrics().connectionLost();
        link = new Link(false, link.controlPlane(), clock.instant(), link.lastError());
        retry("connection to control plane " + link.controlPlane() + " was lost");
    }

    private void dialFailed(String reason) {
        outside.metrics().dialFailed();
        next = (next + 1) % config.controlPlanes().size();
        if (next == 0) {
            retry("control plane " + reason);
        } else {
            failed("control plane " + reason);
            outside.observer().disconnected(reason, Duration.ZERO);
            dialing = false;
            dial();
        }
    }

    private void retry(String reason) {
        failed(reason);
        dialing = true;
        var delay = config.backoff().delay(++failures, random);
        outside.observer().disconnected(reason, delay);
        after(delay, () -> {
            dialing = false;
            dial();
        });
    }

    private void failed(String reason) {
        link = new Link(link.connected(), link.controlPlane(), link.since(), Optional.of(reason));
        if (answering.isEmpty()) {
            condition.unmet(reason + "; " + outage.consequence() + ", dialing again");
            suspectOutage();
        }
        if (clock.instant().isAfter(warned.plus(REMIND))) {
            warned = clock.instant();
            log.log(WARNING, "no discovery from the control plane, will retry reason={0}", reason);
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

    private void leave(ManagedChannel old) {
        if (ready) {
            old.shutdown(); // streams on it may end in their own time
        } else {
            old.shutdownNow();
        }
        channel = null;
        ready = false;
    }

    private void after(Duration delay, Runnable action) {
        var _ = timer.schedule(
                () -> context.execute(() -> {
                    if (!closed) {
                        action.run();
                    }
                }),
                delay.toNanos(),
                TimeUnit.NANOSECONDS);
    }

    private void crashed(Thread thread, Throwable cause) {
        log.log(System.Logger.Level.ERROR, "control plane connection failed, please report", cause);
    }

    /// What a stream may use now.
    ///
    /// @param headers null when there is a problem
    /// @param outdated the connection was made with credentials that have changed since
    private record Offer(@Nullable Metadata headers, String problem, boolean outdated) {}
}
