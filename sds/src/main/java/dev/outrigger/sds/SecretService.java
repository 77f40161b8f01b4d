package dev.outrigger.sds;

import dev.outrigger.h2.Call;
import dev.outrigger.h2.CallHandler;
import dev.outrigger.h2.CallListener;
import dev.outrigger.h2.CallStatus;
import dev.outrigger.proto.discovery.DeltaDiscoveryRequest;
import dev.outrigger.proto.discovery.DeltaDiscoveryResponse;
import dev.outrigger.proto.discovery.DiscoveryRequest;
import dev.outrigger.proto.discovery.DiscoveryResponse;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.channel.EventLoop;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The three methods of SDS over the secrets on offer, and the streams that are open.
///
/// Owned by `loop`, on which every call is delivered; {@link #status} reads snapshots.
final class SecretService implements CallHandler {
    private static final Logger LOG = System.getLogger(SecretService.class.getName());
    private static final String SERVICE = "/envoy.service.secret.v3.SecretDiscoveryService/";
    private static final int MOST_UNKNOWN = 100;

    private final SdsConfig config;
    private final EventLoop loop;
    private final Set<SecretStream<?, ?>> streams = ConcurrentHashMap.newKeySet();
    private final SdsMetrics metrics;
    private final SecretShelf shelf;
    private final Set<String> unknown = new HashSet<>();
    private volatile @Nullable String lastError;

    /// @param others what is served beside the identity
    /// @param clock judges what has expired
    SecretService(
            SdsConfig config, EventLoop loop, List<NamedSecrets> others, MeterRegistry registry, InstantSource clock) {
        this.config = config;
        this.loop = loop;
        this.metrics = new SdsMetrics(registry, streams);
        this.shelf = new SecretShelf(config, loop, others, this::changed, clock);
    }

    @Override
    public @Nullable CallListener open(Call call, String path) {
        return switch (path) {
            case SERVICE + "StreamSecrets" -> SecretCall.serve(call, DiscoveryRequest.parser(), this::streamSecrets);
            case SERVICE + "DeltaSecrets" -> SecretCall.serve(call, DeltaDiscoveryRequest.parser(), this::deltaSecrets);
            case SERVICE + "FetchSecrets" -> SecretCall.serve(call, DiscoveryRequest.parser(), this::fetchSecrets);
            default -> null;
        };
    }

    Requests<DiscoveryRequest> streamSecrets(Peer<DiscoveryResponse> peer) {
        return opened(new SotwStream(this, peer));
    }

    Requests<DeltaDiscoveryRequest> deltaSecrets(Peer<DeltaDiscoveryResponse> peer) {
        return opened(new DeltaStream(this, peer));
    }

    Requests<DiscoveryRequest> fetchSecrets(Peer<DiscoveryResponse> peer) {
        assertOnLoop();
        return new FetchCall(shelf, loop, peer);
    }

    /// Whether a request with this type URL can be answered; some clients leave it out.
    static boolean isServed(String typeUrl) {
        return typeUrl.isEmpty() || typeUrl.equals(SecretResource.TYPE_URL);
    }

    static CallStatus notServed(String typeUrl) {
        return new CallStatus(CallStatus.INVALID_ARGUMENT, "this server has secrets only, not " + typeUrl);
    }

    /// Replaces what comes with the identity and pushes it.
    void offer(Identity identity) {
        assertOnLoop();
        shelf.offer(identity);
    }

    /// Holds back what comes with the identity.
    void withdraw() {
        assertOnLoop();
        shelf.withdraw();
    }

    /// Whoever only wants roots gets them before anybody gets a certificate that they are to verify.
    private void changed(String name) {
        var since = metrics.now();
        var last = new ArrayList<SecretStream<?, ?>>();
        for (var stream : streams) {
            if (name.equals(SecretStream.ALL) && stream.wantsCertificate()) {
                last.add(stream);
            } else if (name.equals(SecretStream.ALL) || stream.wants(name)) {
                stream.changed(since);
            }
        }
        for (var stream : last) {
            stream.changed(since);
        }
    }

    SdsStatus status() {
        var version = shelf.version();
        return new SdsStatus(
                streams.stream().map(SecretStream::status).toList(),
                version.isEmpty() ? null : version,
                lastError,
                shelf.troubles());
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

    SecretShelf shelf() {
        return shelf;
    }

    SdsMetrics metrics() {
        return metrics;
    }

    private <Q, A> SecretStream<Q, A> opened(SecretStream<Q, A> stream) {
        assertOnLoop();
        streams.add(stream);
        return stream;
    }

    void closed(SecretStream<?, ?> stream) {
        assertOnLoop();
        streams.remove(stream);
    }

    void nacked(String node, List<String> refused, String text) {
        lastError = Quote.of(text);
        LOG.log(Level.WARNING, "secrets refused node={0} resources={1}: {2}", Quote.of(node), refused, Quote.of(text));
    }

    /// Said once for each name.
    void unknown(String name) {
        assertOnLoop();
        if (unknown.size() < MOST_UNKNOWN && unknown.add(name)) {
            LOG.log(
                    Level.WARNING,
                    "secret held back, its name is unknown name={0}; known are {1}, {2}, {3}, SPIFFE IDs,"
                            + " file-cert:CERT~KEY, file-root:PATH and jwt:AUDIENCE",
                    Quote.of(name),
                    config.certificateName(),
                    config.rootName(),
                    config.allName());
        }
    }

    private void assertOnLoop() {
        if (!loop.inEventLoop()) {
            throw new IllegalStateException("not on the loop that owns the secret streams");
        }
    }
}
