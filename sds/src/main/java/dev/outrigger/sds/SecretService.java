package dev.outrigger.sds;

import dev.outrigger.proto.discovery.DeltaDiscoveryRequest;
import dev.outrigger.proto.discovery.DeltaDiscoveryResponse;
import dev.outrigger.proto.discovery.DiscoveryRequest;
import dev.outrigger.proto.discovery.DiscoveryResponse;
import dev.outrigger.proto.secret.SecretDiscoveryServiceGrpc.SecretDiscoveryServiceImplBase;
import dev.outrigger.sds.Secrets.Resource;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.channel.EventLoop;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The three methods of SDS over the secrets on offer, and the streams that are open.
///
/// Owned by `loop`, on which gRPC delivers every call; {@link #status} reads snapshots.
final class SecretService extends SecretDiscoveryServiceImplBase {
    private static final Logger LOG = System.getLogger(SecretService.class.getName());
    private static final int MOST_UNKNOWN = 100;

    private final SdsConfig config;
    private final EventLoop loop;
    private final Set<SecretStream<?, ?>> streams = ConcurrentHashMap.newKeySet();
    private final SdsMetrics metrics;
    private final Set<String> unknown = new HashSet<>();
    private volatile @Nullable Secrets secrets;
    private volatile @Nullable String lastError;

    SecretService(SdsConfig config, EventLoop loop, MeterRegistry registry) {
        this.config = config;
        this.loop = loop;
        this.metrics = new SdsMetrics(registry, streams);
    }

    @Override
    public StreamObserver<DiscoveryRequest> streamSecrets(StreamObserver<DiscoveryResponse> peer) {
        var stream = new SotwStream(this, (ServerCallStreamObserver<DiscoveryResponse>) peer);
        stream.open();
        return stream;
    }

    @Override
    public StreamObserver<DeltaDiscoveryRequest> deltaSecrets(StreamObserver<DeltaDiscoveryResponse> peer) {
        var stream = new DeltaStream(this, (ServerCallStreamObserver<DeltaDiscoveryResponse>) peer);
        stream.open();
        return stream;
    }

    @Override
    public void fetchSecrets(DiscoveryRequest request, StreamObserver<DiscoveryResponse> answer) {
        assertOnLoop();
        var offered = secrets;
        if (!Secrets.isServed(request.getTypeUrl())) {
            answer.onError(Secrets.notServed(request.getTypeUrl()));
        } else if (offered == null) {
            answer.onError(Status.UNAVAILABLE
                    .withDescription("there is no identity yet")
                    .asRuntimeException());
        } else {
            answer.onNext(SotwStream.respond(offered.version(), "", named(offered, request)));
            answer.onCompleted();
        }
    }

    private static List<Resource> named(Secrets offered, DiscoveryRequest request) {
        var names = request.getResourceNamesCount() == 0 ? offered.conventional() : request.getResourceNamesList();
        return names.stream()
                .distinct()
                .map(offered::named)
                .filter(Objects::nonNull)
                .toList();
    }

    /// Replaces what is on offer and pushes it.
    void offer(Identity identity) {
        assertOnLoop();
        secrets = Secrets.of(identity, config);
        streams.forEach(SecretStream::flush);
    }

    SdsStatus status() {
        var offered = secrets;
        return new SdsStatus(
                streams.stream().map(SecretStream::status).toList(),
                offered == null ? null : offered.version(),
                lastError);
    }

    /// Nothing is sent from now on.
    void endStreams() {
        assertOnLoop();
        List.copyOf(streams).forEach(SecretStream::end);
    }

    /// Whether a client that wants everything gets it.
    boolean isConventional(String name) {
        return name.equals(config.certificateName()) || name.equals(config.rootName());
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

    void nacked(String node, List<String> refused, String text) {
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

    private void assertOnLoop() {
        if (!loop.inEventLoop()) {
            throw new IllegalStateException("not on the loop that owns the secret streams");
        }
    }
}
