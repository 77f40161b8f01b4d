package dev.outrigger.xds;

import static java.lang.System.Logger.Level.INFO;

import dev.outrigger.h2.CallHandler;
import dev.outrigger.h2.ClientTls;
import dev.outrigger.h2.H2Client;
import dev.outrigger.h2.H2Options;
import dev.outrigger.h2.H2Server;
import dev.outrigger.h2.UnixListener;
import dev.outrigger.health.Condition;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The xDS relay: an aggregated discovery service on a Unix socket, served by the control plane behind it.
///
/// Each client's stream has an upstream stream of its own on one shared connection; messages pass as the bytes
/// they came as. When the control plane is lost, clients keep their streams, and the relay resubscribes for them
/// with the versions they hold.
public final class XdsProxy implements AutoCloseable {
    private static final System.Logger log = System.getLogger(XdsProxy.class.getName());

    private static final UnixListener.Name SOCKET = new UnixListener.Name("xDS socket", "--xds-socket");
    /// What a client may send on a stream before the control plane can take it.
    private static final int WINDOW = 1 << 18;

    private static final Duration REMEMBERED = Duration.ofSeconds(10);

    private final XdsConfig config;
    private final Parts parts;
    private final UnixListener listener;
    private final H2Server server;
    private final Watchdog watchdog;
    private final @Nullable SnapshotSaver saver;
    private final AtomicReference<Supplier<List<XdsTrouble>>> more;

    /// What the relay uses of its surroundings.
    record Outside(
            XdsObserver observer,
            XdsMetrics metrics,
            EventLoop timer,
            Executor offload,
            InstantSource clock,
            RandomGenerator random) {}

    /// What all streams of one relay share.
    record Parts(
            EventLoop loop,
            Upstream upstream,
            HandledTypes handled,
            HandlerLease lease,
            HealthReport health,
            Map<Long, RelayStream> streams,
            XdsObserver observer,
            XdsMetrics metrics,
            Executor offload,
            Journal journal,
            Kept kept,
            AtomicReference<@Nullable StreamReport> lastEnded) {
        /// Keeps what a stream held for as long as somebody may want to know why its client has gone.
        void ended(StreamReport report) {
            lastEnded.set(report);
            var _ = loop.schedule(
                    () -> lastEnded.compareAndSet(report, null), REMEMBERED.toMillis(), TimeUnit.MILLISECONDS);
        }

        /// What a new stream gives to and takes from what is kept; null when nothing is.
        @Nullable
        StreamSnapshot snapshot(long stream, Protocol protocol) {
            return kept.known() == null
                    ? null
                    : new StreamSnapshot(protocol, kept.known(), kept.noncePrefix() + stream + "-");
        }
    }

    /// What is kept for an outage.
    ///
    /// @param known null when nothing is
    /// @param noncePrefix random: no control plane, not even another relay, makes nonces that begin so
    /// @param patience with a control plane that takes requests and does not answer
    record Kept(@Nullable KnownGood known, String noncePrefix, Outage outage, Duration patience) {}

    private XdsProxy(
            XdsConfig config,
            Parts parts,
            UnixListener listener,
            H2Server server,
            Watchdog watchdog,
            AtomicReference<Supplier<List<XdsTrouble>>> more,
            @Nullable SnapshotSaver saver) {
        this.more = more;
        this.config = config;
        this.watchdog = watchdog;
        this.parts = parts;
        this.listener = listener;
        this.server = server;
        this.saver = saver;
    }

    /// Initialises what a relay with this configuration needs, which takes long the first time. Need not be
    /// called.
    public static void prepare(XdsConfig config) {
        if (config.security() instanceof UpstreamSecurity.Tls) {
            ClientTls.prepare();
        }
    }

    /// Listens where clients dial, so that they can be started; they are answered once the relay is.
    ///
    /// @throws IOException when the socket cannot be had; what, where and how to fix it
    public static UnixListener listen(XdsConfig config) throws IOException {
        return UnixListener.bind(SOCKET, config.socket(), config.socketPermissions());
    }

    /// Serves the socket and dials the control plane; does not wait for the latter.
    ///
    /// @param listener of {@link #listen}; closed with the relay
    /// @param identity asked at each dial; empty while there is none
    /// @param handlers for the types the agent consumes itself, one for each type
    /// @param loops carry all connections, epoll; must outlive the relay
    /// @param condition met while the control plane answers on a stream
    /// @throws IOException when the socket cannot be served; what, where and how to fix it
    public static XdsProxy start(
            XdsConfig config,
            UnixListener listener,
            Supplier<Optional<ClientIdentity>> identity,
            List<ResourceHandler> handlers,
            XdsObserver observer,
            EventLoopGroup loops,
            MeterRegistry registry,
            Condition condition,
            InstantSource clock,
            RandomGenerator random)
            throws IOException {
        // Files, names and handlers may wait: each such step is a virtual thread, never an event loop.
        Executor offload = Thread.ofVirtual().name("xds-", 0)::start;
        // One loop carries everything: what belongs together needs no lock, and a push no change of thread.
        var loop = loops.next();
        var outside = new Outside(observer, new XdsMetrics(registry), loop, offload, clock, random);
        var known = config.snapshot().map(it -> knownGood(config, it, outside)).orElse(null);
        var kept = new Kept(
                known,
                "outrigger-" + HexFormat.of().toHexDigits(random.nextLong()) + "-",
                new Outage(known),
                config.snapshot().map(SnapshotConfig::patience).orElse(Duration.ZERO));
        if (known != null) {
            outside.metrics().keeping(known, kept.outage());
        }
        var upstream = new Upstream(config, new Dialer(config, identity, loop), outside, condition, kept.outage());
        var parts = new Parts(
                loop,
                upstream,
                new HandledTypes(handlers, known, offload),
                new HandlerLease(),
                new HealthReport(),
                new ConcurrentSkipListMap<>(),
                observer,
                outside.metrics(),
                offload,
                new Journal(clock),
                kept,
                new AtomicReference<>());
        upstream.start(
                () -> {
                    parts.handled().acceptKept();
                    parts.streams().values().forEach(RelayStream::controlPlaneAway);
                },
                () -> parts.streams().values().forEach(RelayStream::move));
        var saver = known == null
                ? null
                : SnapshotSaver.start(known, config.snapshot().orElseThrow(), loop, offload, clock, upstream::restored);
        try {
            var server = listener.serve(loop, H2Options.server(WINDOW, H2Options.ANY_SIZE), calls(parts));
            log.log(INFO, "xDS relay serving socket={0}", config.socket());
            var more = new AtomicReference<Supplier<List<XdsTrouble>>>(List::of);
            return new XdsProxy(config, parts, listener, server, watch(config, parts, more, outside), more, saver);
        } catch (IOException e) {
            upstream.close();
            if (saver != null) {
                saver.close();
            }
            throw e;
        }
    }

    /// The state now; never blocks.
    public XdsStatus status() {
        var link = parts.upstream().link();
        return new XdsStatus(
                link.connected(),
                link.controlPlane(),
                link.since(),
                link.lastError(),
                parts.streams().values().stream()
                        .map(stream -> stream.report().status())
                        .toList(),
                watchdog.troubles());
    }

    /// Has the watchdog tell of what is seen elsewhere, too, for as long as it is given.
    ///
    /// @param troubles asked every few seconds on an event loop: must not wait
    public void watch(Supplier<List<XdsTrouble>> troubles) {
        more.set(troubles);
    }

    /// Tells the control plane of the workload's health: now, and again on each new stream. Any thread; never
    /// blocks.
    ///
    /// @param unwell why it is not well; empty when it is
    public void reportHealth(Optional<String> unwell) {
        parts.health().set(unwell);
        parts.streams().values().forEach(RelayStream::healthChanged);
    }

    /// The last pushes and what each client holds now. Copies both: costs as much as there are.
    public XdsHistory history() {
        var pushes = parts.journal().pushes();
        return new XdsHistory(
                pushes,
                pushes.isEmpty() ? 0 : pushes.getFirst().number() - 1,
                parts.streams().values().stream()
                        .map(stream -> stream.report().history())
                        .toList());
    }

    /// What the stream that ended last had held, for ten seconds after its end. Copies it.
    public Optional<XdsHistory.Stream> lastEnded() {
        return Optional.ofNullable(parts.lastEnded().get()).map(StreamReport::history);
    }

    /// What is kept for the time the control plane is away; empty when nothing is to be. Never blocks.
    public Optional<LastKnownGood> lastKnownGood() {
        var known = parts.kept().known();
        return known == null
                ? Optional.empty()
                : Optional.of(
                        new LastKnownGood(known.asOf(), parts.kept().outage().serves(), known.counts()));
    }

    /// Ends all streams and removes the socket; takes 2 s at most.
    @Override
    public void close() {
        watchdog.close();
        if (saver != null) {
            saver.close(); // first: the end of the streams is no outage
        }
        try {
            listener.close();
        } catch (IOException e) {
            log.log(INFO, "xDS socket stays behind socket={0} error={1}", config.socket(), e.toString());
        }
        server.close();
        parts.upstream().close();
    }

    private static Watchdog watch(
            XdsConfig config, Parts parts, AtomicReference<Supplier<List<XdsTrouble>>> more, Outside outside) {
        return Watchdog.start(
                (now, limit) -> Stream.concat(
                                parts.streams().values().stream()
                                        .flatMap(stream -> stream.report().troubles(now, limit).stream()),
                                more.get().get().stream())
                        .toList(),
                config.silenceWarning(),
                outside.timer(),
                outside.clock(),
                outside.metrics());
    }

    private static CallHandler calls(Parts parts) {
        var ids = new AtomicLong();
        return (call, path) -> {
            for (var protocol : Protocol.values()) {
                if (protocol.path().equals(path)) {
                    long id = ids.incrementAndGet();
                    var stream = new RelayStream(id, protocol, call, parts);
                    parts.streams().put(id, stream);
                    return stream.start();
                }
            }
            return null;
        };
    }

    private static KnownGood knownGood(XdsConfig config, SnapshotConfig snapshot, Outside outside) {
        return new KnownGood(
                snapshot.node(),
                config.controlPlanes().stream().map(H2Client.Target::authority).toList(),
                snapshot.maxAge(),
                outside.clock(),
                outside.offload());
    }
}
