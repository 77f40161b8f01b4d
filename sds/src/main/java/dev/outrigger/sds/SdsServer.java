package dev.outrigger.sds;

import dev.outrigger.proto.discovery.DeltaDiscoveryRequest;
import dev.outrigger.proto.discovery.DeltaDiscoveryResponse;
import dev.outrigger.proto.discovery.DiscoveryRequest;
import dev.outrigger.proto.discovery.DiscoveryResponse;
import dev.outrigger.proto.secret.SecretDiscoveryServiceGrpc.SecretDiscoveryServiceImplBase;
import dev.outrigger.sds.Secrets.Resource;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Serves the identity to Envoy as secrets (`envoy.service.secret.v3.SecretDiscoveryService`, all three methods) on a
/// Unix socket. Any number of clients and streams. What is not there yet or not known is held back alone; it never
/// ends a stream.
///
/// Streams and secrets are owned by `loop`, on which gRPC delivers every call; {@link #status} reads snapshots.
public final class SdsServer implements AutoCloseable {
    private static final Logger LOG = System.getLogger(SdsServer.class.getName());
    private static final long CLOSE_SECONDS = 2;
    private static final int MOST_UNKNOWN = 100;

    private final SdsConfig config;
    private final SdsSocket socket;
    private final EventLoop loop;
    private final Set<SecretStream<?, ?>> streams = ConcurrentHashMap.newKeySet();
    private final SdsMetrics metrics;
    private final Server server;
    private final Latest.Subscription subscription;
    private final Set<String> unknown = new HashSet<>();
    private volatile @Nullable Secrets secrets;
    private volatile @Nullable String lastError;

    private SdsServer(
            SdsConfig config, SdsSocket socket, Latest<Identity> identity, EventLoopGroup group, MeterRegistry registry)
            throws IOException {
        this.config = config;
        this.socket = socket;
        this.loop = group.next();
        this.metrics = new SdsMetrics(registry, streams);
        this.server = NettyServerBuilder.forAddress(
                        new DomainSocketAddress(socket.unpublished().toFile()))
                .channelType(EpollServerDomainSocketChannel.class)
                .bossEventLoopGroup(group)
                .workerEventLoopGroup(group)
                .executor(loop)
                .permitKeepAliveTime(1, TimeUnit.SECONDS)
                .permitKeepAliveWithoutCalls(true)
                .addService(new Service())
                .build();
        try {
            server.start();
            socket.publish();
        } catch (IOException e) {
            server.shutdownNow();
            throw socket.unusable("cannot be served: " + e.getMessage(), e);
        }
        this.subscription = identity.onChange(next -> loop.execute(() -> offer(next)));
    }

    /// Serves from now on; the socket is there when this returns, secrets as soon as there is an identity.
    ///
    /// @param group its loops carry the connections, one of them owns the streams
    /// @throws IOException when the socket cannot be had, for example because a live server has it
    public static SdsServer start(
            SdsConfig config, Latest<Identity> identity, EventLoopGroup group, MeterRegistry registry)
            throws IOException {
        var socket = SdsSocket.claim(config.socket(), config.socketPermissions());
        var server = new SdsServer(config, socket, identity, group, registry);
        LOG.log(Level.INFO, "SDS is served socket={0}", config.socket());
        return server;
    }

    /// Streams, versions and the last NACK; never blocks.
    public SdsStatus status() {
        var offered = secrets;
        return new SdsStatus(
                streams.stream().map(SecretStream::status).toList(),
                offered == null ? null : offered.version(),
                lastError);
    }

    /// Ends every stream and removes the socket, within two seconds. Idempotent. Not to be called on a loop.
    @Override
    public void close() {
        subscription.close();
        try {
            socket.unpublish();
        } catch (IOException e) {
            LOG.log(Level.WARNING, "SDS socket {0} stays behind: {1}", config.socket(), e);
        }
        server.shutdownNow();
        try {
            if (!server.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                LOG.log(Level.WARNING, "SDS streams did not end in {0} s", Long.toString(CLOSE_SECONDS));
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    @Nullable
    Secrets secrets() {
        return secrets;
    }

    SdsMetrics metrics() {
        return metrics;
    }

    void opened(SecretStream<?, ?> stream) {
        assertOnLoop();
        streams.add(stream);
    }

    void closed(SecretStream<?, ?> stream) {
        assertOnLoop();
        streams.remove(stream);
    }

    void nacked(String node, List<Resource> refused, String text) {
        metrics.nacked();
        lastError = text;
        LOG.log(Level.WARNING, "secrets refused node={0} resources={1}: {2}", node, refused, text);
    }

    /// Said once for each name.
    void unknown(String name) {
        assertOnLoop();
        if (unknown.size() < MOST_UNKNOWN && unknown.add(name)) {
            LOG.log(
                    Level.WARNING,
                    "secret held back, its name is unknown name={0}; known are {1} and {2}",
                    name,
                    config.certificateName(),
                    config.rootName());
        }
    }

    private void offer(Identity identity) {
        assertOnLoop();
        secrets = Secrets.of(identity, config);
        streams.forEach(SecretStream::flush);
    }

    private void fetch(DiscoveryRequest request, StreamObserver<DiscoveryResponse> answer) {
        assertOnLoop();
        var offered = secrets;
        if (offered == null) {
            answer.onError(Status.UNAVAILABLE
                    .withDescription("there is no identity yet")
                    .asRuntimeException());
            return;
        }
        var names = request.getResourceNamesCount() == 0 ? offered.conventional() : request.getResourceNamesList();
        var found = names.stream()
                .distinct()
                .map(offered::named)
                .filter(Objects::nonNull)
                .toList();
        answer.onNext(SotwStream.respond(offered.version(), "", found));
        answer.onCompleted();
    }

    private void assertOnLoop() {
        if (!loop.inEventLoop()) {
            throw new IllegalStateException("not on the loop that owns the secret streams");
        }
    }

    private final class Service extends SecretDiscoveryServiceImplBase {
        @Override
        public StreamObserver<DiscoveryRequest> streamSecrets(StreamObserver<DiscoveryResponse> peer) {
            var stream = new SotwStream(SdsServer.this, (ServerCallStreamObserver<DiscoveryResponse>) peer);
            stream.open();
            return stream;
        }

        @Override
        public StreamObserver<DeltaDiscoveryRequest> deltaSecrets(StreamObserver<DeltaDiscoveryResponse> peer) {
            var stream = new DeltaStream(SdsServer.this, (ServerCallStreamObserver<DeltaDiscoveryResponse>) peer);
            stream.open();
            return stream;
        }

        @Override
        public void fetchSecrets(DiscoveryRequest request, StreamObserver<DiscoveryResponse> answer) {
            fetch(request, answer);
        }
    }
}
