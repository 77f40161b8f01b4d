package dev.outrigger.sds;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrigger.proto.discovery.DeltaDiscoveryRequest;
import dev.outrigger.proto.discovery.DeltaDiscoveryResponse;
import dev.outrigger.proto.discovery.DiscoveryRequest;
import dev.outrigger.proto.discovery.DiscoveryResponse;
import dev.outrigger.proto.rpc.Status;
import dev.outrigger.proto.tls.SPIFFECertValidatorConfig;
import dev.outrigger.proto.tls.Secret;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/// The secret service without a socket: every call is made on its loop and has had its effect when it returns.
final class TestService implements AutoCloseable {
    final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    final SdsConfig config = new SdsConfig(Path.of("unused"));
    final FakeNamed named = new FakeNamed();
    private final EventLoop loop = new DefaultEventLoop();

    /// How much later it is for the service than it is.
    volatile Duration ahead = Duration.ZERO;

    final SecretService service = new SecretService(
            config,
            loop,
            List.of(named),
            registry,
            () -> InstantSource.system().instant().plus(ahead));

    void offer(Identity identity) {
        on(() -> service.offer(identity));
    }

    Client<DiscoveryRequest, DiscoveryResponse> sotw() {
        return open(service::streamSecrets);
    }

    Client<DeltaDiscoveryRequest, DeltaDiscoveryResponse> delta() {
        return open(service::deltaSecrets);
    }

    FakePeer<DiscoveryResponse> fetch(DiscoveryRequest request) {
        var peer = new FakePeer<DiscoveryResponse>();
        on(() -> {
            var requests = service.fetchSecrets(peer);
            peer.onGone(requests::gone);
            requests.received(request);
        });
        return peer;
    }

    int count(String meter) {
        return (int) registry.get(meter).counters().stream()
                .mapToDouble(Counter::count)
                .sum();
    }

    void on(Runnable action) {
        on(() -> {
            action.run();
            return true;
        });
    }

    private <T> T on(Callable<T> action) {
        try {
            return loop.submit(action).get(20, TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    private <Q, A> Client<Q, A> open(Function<Peer<A>, Requests<Q>> method) {
        var peer = new FakePeer<A>();
        return new Client<>(peer, on(() -> method.apply(peer)));
    }

    @Override
    public void close() {
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(5, TimeUnit.SECONDS);
    }

    /// One stream.
    final class Client<Q, A> {
        final FakePeer<A> peer;
        private final Requests<Q> requests;

        Client(FakePeer<A> peer, Requests<Q> requests) {
            this.peer = peer;
            this.requests = requests;
        }

        void send(Q request) {
            on(() -> requests.received(request));
        }

        void halfClose() {
            on(requests::halfClosed);
        }

        void becomeReady() {
            on(() -> {
                peer.ready = true;
                requests.ready();
            });
        }

        void cancel() {
            on(requests::gone);
        }

        /// What came since the last call.
        List<A> received() {
            var all = List.copyOf(peer.sent);
            peer.sent.clear();
            return all;
        }

        A only() {
            var all = received();
            if (all.size() != 1) {
                throw new AssertionError("one response expected, got " + all.size());
            }
            return all.getFirst();
        }
    }

    static DiscoveryRequest want(String... names) {
        return DiscoveryRequest.newBuilder()
                .setTypeUrl(SecretResource.TYPE_URL)
                .addAllResourceNames(List.of(names))
                .build();
    }

    static DiscoveryRequest ack(DiscoveryResponse response, String... names) {
        return want(names).toBuilder()
                .setVersionInfo(response.getVersionInfo())
                .setResponseNonce(response.getNonce())
                .build();
    }

    static DiscoveryRequest nack(DiscoveryResponse response, String why, String... names) {
        return want(names).toBuilder()
                .setResponseNonce(response.getNonce())
                .setErrorDetail(Status.newBuilder().setCode(3).setMessage(why))
                .build();
    }

    static DeltaDiscoveryRequest subscribe(String... names) {
        return DeltaDiscoveryRequest.newBuilder()
                .setTypeUrl(SecretResource.TYPE_URL)
                .addAllResourceNamesSubscribe(List.of(names))
                .build();
    }

    static DeltaDiscoveryRequest unsubscribe(String... names) {
        return DeltaDiscoveryRequest.newBuilder()
                .setTypeUrl(SecretResource.TYPE_URL)
                .addAllResourceNamesUnsubscribe(List.of(names))
                .build();
    }

    static DeltaDiscoveryRequest ack(DeltaDiscoveryResponse response) {
        return subscribe().toBuilder().setResponseNonce(response.getNonce()).build();
    }

    static DeltaDiscoveryRequest nack(DeltaDiscoveryResponse response, String why) {
        return ack(response).toBuilder()
                .setErrorDetail(Status.newBuilder().setCode(3).setMessage(why))
                .build();
    }

    static List<Secret> secrets(DiscoveryResponse response) {
        var secrets = new ArrayList<Secret>();
        response.getResourcesList().forEach(any -> secrets.add(secret(any.getValue())));
        return secrets;
    }

    static List<Secret> secrets(DeltaDiscoveryResponse response) {
        var secrets = new ArrayList<Secret>();
        response.getResourcesList()
                .forEach(resource -> secrets.add(secret(resource.getResource().getValue())));
        return secrets;
    }

    static List<String> names(DiscoveryResponse response) {
        return secrets(response).stream().map(Secret::getName).toList();
    }

    static List<String> names(DeltaDiscoveryResponse response) {
        return secrets(response).stream().map(Secret::getName).toList();
    }

    static String chain(Secret secret) {
        return secret.getTlsCertificate().getCertificateChain().getInlineBytes().toStringUtf8();
    }

    static String key(Secret secret) {
        return secret.getTlsCertificate().getPrivateKey().getInlineBytes().toStringUtf8();
    }

    static String roots(Secret secret) {
        return secret.getValidationContext().getTrustedCa().getInlineBytes().toStringUtf8();
    }

    static String token(Secret secret) {
        return secret.getGenericSecret().getSecret().getInlineBytes().toStringUtf8();
    }

    /// What Envoy's SPIFFE validator is told: trust domain to PEM.
    static SortedMap<String, String> trustDomains(Secret secret) {
        var config = secret.getValidationContext().getCustomValidatorConfig();
        if (!config.getName().equals("envoy.tls.cert_validator.spiffe")
                || secret.getValidationContext().hasTrustedCa()) {
            throw new AssertionError(secret.getName());
        }
        try {
            var domains = new TreeMap<String, String>();
            SPIFFECertValidatorConfig.parseFrom(config.getTypedConfig().getValue())
                    .getTrustDomainsList()
                    .forEach(domain -> domains.put(
                            domain.getName(),
                            domain.getTrustBundle().getInlineBytes().toStringUtf8()));
            return domains;
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    private static Secret secret(ByteString bytes) {
        try {
            return Secret.parseFrom(bytes);
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }
}
