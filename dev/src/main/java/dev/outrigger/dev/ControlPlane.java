package dev.outrigger.dev;

import dev.outrigger.proto.discovery.AggregatedDiscoveryServiceGrpc;
import dev.outrigger.proto.discovery.DeltaDiscoveryRequest;
import dev.outrigger.proto.discovery.DeltaDiscoveryResponse;
import dev.outrigger.proto.discovery.DiscoveryRequest;
import dev.outrigger.proto.discovery.DiscoveryResponse;
import io.grpc.Server;
import io.grpc.SynchronizationContext;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// An aggregated discovery service (xDS v3, delta and state of the world) that serves a {@link DevFile}, and a
/// certificate authority that signs for whoever asks.
///
/// All state, that of the streams included, is owned by `context`; public methods may be called on any thread.
public final class ControlPlane implements AutoCloseable {
    private static final Logger LOG = System.getLogger(ControlPlane.class.getName());
    private static final int LARGEST_REQUEST_BYTES = 64 << 20;
    /// Without it, gRPC ends connections that ask more often than every five minutes; the agent asks twice a
    /// minute.
    private static final Duration SHORTEST_KEEPALIVE = Duration.ofSeconds(10);
    private static final Duration STOP = Duration.ofSeconds(5);

    private final SynchronizationContext context = new SynchronizationContext(
            (_, error) -> LOG.log(Level.ERROR, "the embedded control plane failed; please report it", error));
    private final Executor executor = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("outrigger-dev-", 0).factory());
    private final Set<DiscoveryStream<?, ?>> streams = new LinkedHashSet<>();
    private final Listener listener;
    private final InstantSource clock;
    private final Server server;
    private Snapshot snapshot;

    /// Hears what happens, one call at a time, on a thread of the control plane. Types are type URLs;
    /// {@link ResourceType#label} shortens them. `node` is the id that the client gave.
    public interface Listener {
        /// A client sent its first request.
        void streamOpened(String node);

        /// Resources were sent. All lists are empty when the client asked again for what it has.
        void pushed(String node, String typeUrl, String version, Changes changes);

        /// The client accepted a push.
        ///
        /// @param took from the push to the answer
        void acked(String node, String typeUrl, String version, Duration took);

        /// The client refused a push and keeps what it had.
        ///
        /// @param reason in the client's words
        void nacked(String node, String typeUrl, String version, String reason);

        /// A client that had sent a request has gone.
        void streamClosed(String node);
    }

    /// Names of resources, as one push changed them for one client.
    public record Changes(List<String> added, List<String> changed, List<String> removed) {
        /// Copies the lists.
        public Changes {
            added = List.copyOf(added);
            changed = List.copyOf(changed);
            removed = List.copyOf(removed);
        }
    }

    private ControlPlane(
            InetSocketAddress address,
            DevFile first,
            Listener listener,
            InstantSource clock,
            Authority authority,
            @Nullable SslContext security) {
        this.listener = listener;
        this.clock = clock;
        this.snapshot = Snapshot.first(first);
        var builder = NettyServerBuilder.forAddress(address);
        if (security != null) {
            builder.sslContext(security);
        }
        this.server = builder.executor(executor)
                .permitKeepAliveTime(SHORTEST_KEEPALIVE.toSeconds(), TimeUnit.SECONDS)
                .maxInboundMessageSize(LARGEST_REQUEST_BYTES)
                .addService(new Service())
                .addService(new CertificateService(authority))
                .build();
    }

    /// Serves at once, in clear.
    ///
    /// @param address port 0 takes a free one
    /// @throws IOException when it cannot listen there; what, where and how to fix it
    public static ControlPlane start(InetSocketAddress address, DevFile first, Listener listener, InstantSource clock)
            throws IOException {
        return serve(new ControlPlane(address, first, listener, clock, Authority.create(clock), null), address);
    }

    /// Serves at once over TLS.
    ///
    /// @param security a server's context with `h2` as application protocol
    /// @throws IOException like {@link #start(InetSocketAddress, DevFile, Listener, InstantSource)}
    public static ControlPlane start(
            InetSocketAddress address, DevFile first, Listener listener, InstantSource clock, SslContext security)
            throws IOException {
        return serve(new ControlPlane(address, first, listener, clock, Authority.create(clock), security), address);
    }

    private static ControlPlane serve(ControlPlane controlPlane, InetSocketAddress address) throws IOException {
        try {
            controlPlane.server.start();
            return controlPlane;
        } catch (IOException e) {
            controlPlane.close();
            var cause = e.getCause() == null ? e : e.getCause();
            throw new IOException(
                    "the embedded control plane cannot listen on " + Addresses.text(address) + " (" + cause.getMessage()
                            + "); stop what listens there (ss -ltnp shows it), or give it another port",
                    e);
        }
    }

    /// Where it listens.
    public InetSocketAddress address() {
        return (InetSocketAddress) server.getListenSockets().getFirst();
    }

    /// Pushes what changed to every stream: clusters, endpoints, listeners, routes, names; clusters and endpoints
    /// that are gone are removed last. Returns before the clients have it.
    public void publish(DevFile next) {
        context.execute(() -> {
            var target = snapshot.next(next);
            var step = snapshot.towards(target);
            snapshot = step;
            streams.forEach(DiscoveryStream::update);
            snapshot = target.after(step);
            streams.forEach(DiscoveryStream::update);
        });
    }

    /// Breaks all streams and listens no more; waits up to 5 s.
    @Override
    public void close() {
        server.shutdownNow();
        try {
            if (!server.awaitTermination(STOP.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.log(Level.WARNING, "the embedded control plane does not stop");
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        // The executor holds no threads to stop, and must take what connections that end late still hand to it.
    }

    SynchronizationContext context() {
        return context;
    }

    InstantSource clock() {
        return clock;
    }

    Snapshot snapshot() {
        context.throwIfNotInThisSynchronizationContext();
        return snapshot;
    }

    void remove(DiscoveryStream<?, ?> stream) {
        context.throwIfNotInThisSynchronizationContext();
        streams.remove(stream);
    }

    /// Tells the listener; its failures must not stop a push.
    void tell(java.util.function.Consumer<Listener> event) {
        context.throwIfNotInThisSynchronizationContext();
        try {
            event.accept(listener);
        } catch (RuntimeException e) {
            LOG.log(Level.WARNING, "telling what the control plane does failed", e);
        }
    }

    private <Q> StreamObserver<Q> open(DiscoveryStream<Q, ?> stream) {
        context.execute(() -> streams.add(stream));
        return stream;
    }

    private final class Service extends AggregatedDiscoveryServiceGrpc.AggregatedDiscoveryServiceImplBase {
        @Override
        public StreamObserver<DiscoveryRequest> streamAggregatedResources(StreamObserver<DiscoveryResponse> answers) {
            return open(new SotwStream(ControlPlane.this, (ServerCallStreamObserver<DiscoveryResponse>) answers));
        }

        @Override
        public StreamObserver<DeltaDiscoveryRequest> deltaAggregatedResources(
                StreamObserver<DeltaDiscoveryResponse> answers) {
            return open(new DeltaStream(ControlPlane.this, (ServerCallStreamObserver<DeltaDiscoveryResponse>) answers));
        }
    }
}
