package dev.outrigger.sds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.outrigger.health.Gate;
import dev.outrigger.health.HealthBoard;
import dev.outrigger.testkit.FakeWorkloadApi;
import dev.outrigger.testkit.TestCa;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EnvoySdsTest {
    private static final String ID = "spiffe://test.example/web";

    @TempDir
    Path folder;

    private final TestSds sds = new TestSds();

    @AfterEach
    void close() {
        sds.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"GRPC", "DELTA_GRPC"})
    void noHandshakeFailsDuringTwentyRotations(String api) throws Exception {
        var config = new IdentityConfig.DevCa(ID, Duration.ofHours(1), Optional.empty());
        try (var source = source(config);
                var server = sds(source);
                var envoy = RealEnvoy.start(folder, folder.resolve("sds"), api);
                var clients = new TlsClients(
                        envoy.address(), () -> source.latest().get().orElseThrow())) {
            clients.await(source.latest().get().orElseThrow().chain().getFirst(), envoy::log);

            for (var rotation = 0; rotation < 20; rotation++) {
                var identity = source.renew("rotation " + rotation).get(20, TimeUnit.SECONDS);
                clients.await(identity.chain().getFirst(), envoy::log);
            }

            assertThat(clients.failures()).isEmpty();
            assertThat(clients.connections()).isGreaterThan(20);
            assertThat(server.status().lastError()).isNull();
            assertThat(server.status().streams())
                    .hasSize(2)
                    .allMatch(stream -> stream.node().equals("test"))
                    .allMatch(stream -> stream.kind().equals(api.equals("GRPC") ? "sotw" : "delta"));
        }
    }

    @Test
    void envoyThatComesFirstListensOnceTheWorkloadApiHasAnswered() throws Exception {
        var socket = folder.resolve("spire");
        try (var source = source(new IdentityConfig.WorkloadApi(socket));
                var _ = sds(source);
                var envoy = RealEnvoy.start(folder, folder.resolve("sds"), "GRPC");
                var spire = FakeWorkloadApi.start(socket, TestCa.create("root").intermediate("middle"), ID)) {
            var first = first(source);

            assertThat(TlsClients.connect(envoy.address(), first))
                    .isEqualTo(first.chain().getFirst());
            assertThat(spire.calls()).isEqualTo(1);
        }
    }

    @Test
    void anotherRootReplacesCertificateAndTrust() throws Exception {
        var socket = folder.resolve("spire");
        try (var spire = FakeWorkloadApi.start(socket, TestCa.create("root"), ID);
                var source = source(new IdentityConfig.WorkloadApi(socket));
                var _ = sds(source);
                var envoy = RealEnvoy.start(folder, folder.resolve("sds"), "GRPC")) {
            var old = first(source);
            var address = envoy.address();
            assertThat(TlsClients.connect(address, old)).isEqualTo(old.chain().getFirst());

            var successor = TestCa.create("successor");
            spire.rotate(successor);
            var renewed = identity(successor);
            try (var clients = new TlsClients(address, () -> renewed)) {
                clients.await(first(source, old).chain().getFirst(), envoy::log);
            }

            var both = TestIdentities.withBundle(old, renewed.bundle().getFirst());
            assertThatThrownBy(() -> TlsClients.connect(address, both)).isInstanceOf(IOException.class);
        }
    }

    @Test
    void theSpiffeValidatorLetsFederatedPeersInAndARootSignOnlyForItsOwnDomain() throws Exception {
        var own = TestCa.create("own");
        var far = TestCa.create("far");
        var stranger = TestCa.create("stranger");
        var server = withFar(own, far);
        try (var _ = sds.serve(new SdsConfig(folder.resolve("sds")));
                var envoy = RealEnvoy.start(folder, folder.resolve("sds"), "DELTA_GRPC", server.spiffeId(), "ALL")) {
            sds.identity.publish(server);
            var address = envoy.address();

            TlsClients.connect(address, client(own, "spiffe://test.example/client", own));
            TlsClients.connect(address, client(far, "spiffe://far.example/client", own));

            refused(address, client(far, "spiffe://test.example/client", own));
            refused(address, client(own, "spiffe://far.example/client", own));
            refused(address, client(stranger, "spiffe://far.example/client", own));
            sds.identity.publish(TestIdentities.withFederated(withFar(own, far), Map.of()));
            try (var clients = new TlsClients(address, () -> client(own, "spiffe://test.example/client", own))) {
                clients.await(sds.identity.get().orElseThrow().chain().getFirst(), envoy::log);
            }
            refused(address, client(far, "spiffe://far.example/client", own));
        }
    }

    @Test
    void trustInTheFormOfTheValidatorGoesByEveryName() throws Exception {
        var own = TestCa.create("own");
        var far = TestCa.create("far");
        var config =
                new SdsConfig(folder.resolve("sds"), "rw-------", "default", "ROOTCA", "ALL", SdsConfig.Trust.SPIFFE);
        try (var _ = sds.serve(config);
                var envoy = RealEnvoy.start(folder, folder.resolve("sds"), "GRPC", "default", "spiffe://far.example")) {
            sds.identity.publish(withFar(own, far));
            var address = envoy.address();

            TlsClients.connect(address, client(far, "spiffe://far.example/client", own));

            refused(address, client(far, "spiffe://test.example/client", own));
            refused(address, client(own, "spiffe://test.example/client", own));
        }
    }

    @Test
    void filesAreServedWithoutAnyIdentityAndTheirSuccessorsToo() throws Exception {
        var ca = TestCa.create("files");
        var certificate = folder.resolve("cert.pem");
        var key = folder.resolve("key.pem");
        var roots = folder.resolve("roots.pem");
        var first = ca.issue("web.test", Duration.ofHours(1));
        Files.writeString(certificate, first.chainPem());
        Files.writeString(key, first.keyPem());
        Files.writeString(roots, ca.rootPem());
        try (var _ = sds.serve(new SdsConfig(folder.resolve("sds")));
                var envoy = RealEnvoy.start(
                        folder,
                        folder.resolve("sds"),
                        "GRPC",
                        "file-cert:" + certificate + "~" + key,
                        "file-root:" + roots)) {
            var client = client(ca, "spiffe://test.example/client", ca);
            assertThat(TlsClients.connect(envoy.address(), client)).isEqualTo(first.leaf());

            var second = ca.issue("web.test", Duration.ofHours(1));
            Files.writeString(certificate, second.chainPem());
            Files.writeString(key, second.keyPem());

            try (var clients = new TlsClients(envoy.address(), () -> client)) {
                clients.await(second.leaf(), envoy::log);
                assertThat(clients.failures()).isEmpty();
            }
        }
    }

    @Test
    void requestsCarryTheTokenThatEnvoyInjects() throws Exception {
        var socket = folder.resolve("spire");
        var seen = new LinkedBlockingQueue<String>();
        var upstream = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        upstream.createContext("/", exchange -> {
            seen.add(exchange.getRequestHeaders().getFirst("Authorization"));
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        upstream.start();
        try (var spire = FakeWorkloadApi.start(socket, TestCa.create("root"), ID);
                var _ = sds.serve(
                        new SdsConfig(folder.resolve("sds")), sds.identity, new IdentityConfig.WorkloadApi(socket));
                var envoy = RealEnvoy.injecting(
                        folder,
                        folder.resolve("sds"),
                        "jwt:https://api.test",
                        upstream.getAddress().getPort())) {
            spire.tokenLifetime(Duration.ofSeconds(3));
            var uri = URI.create("http://127.0.0.1:" + envoy.address().getPort() + "/");
            var first = injected(uri, seen);
            assertThat(spire.issuedTokens()).contains(first);
            assertThat(JwtSvid.parse(first).audience()).containsExactly("https://api.test");

            var end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
            while (injected(uri, seen).equals(first)) {
                assertThat(System.nanoTime()).as("no newer token is injected").isLessThan(end);
            }
        } finally {
            upstream.stop(0);
        }
    }

    private static String injected(URI uri, LinkedBlockingQueue<String> seen) throws Exception {
        try (var http = HttpClient.newHttpClient()) {
            var answer = http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(200);
        }
        var header = seen.poll(20, TimeUnit.SECONDS);
        assertThat(header).startsWith("Bearer ");
        return header.substring("Bearer ".length());
    }

    private static void refused(InetSocketAddress address, Identity client) {
        assertThatThrownBy(() -> TlsClients.connect(address, client)).isInstanceOf(IOException.class);
    }

    private static Identity withFar(TestCa own, TestCa far) {
        return TestIdentities.withFederated(TestIdentities.of(own), Map.of("far.example", List.of(far.root())));
    }

    /// Presents what one authority issued and trusts another.
    private static Identity client(TestCa issuer, String id, TestCa trusted) {
        var issued = issuer.issue(id, Duration.ofHours(1));
        return Identity.of(id, issued.key(), issued.chain(), List.of(trusted.root()), Map.of());
    }

    private IdentitySource source(IdentityConfig config) throws IOException {
        var condition = new HealthBoard(InstantSource.system()).condition("identity", Gate.INFORMATION, "none yet");
        return IdentitySources.start(config, sds.loops, sds.registry, condition, InstantSource.system(), new Random(1));
    }

    private SdsServer sds(IdentitySource source) throws IOException {
        return sds.serve(new SdsConfig(folder.resolve("sds")), source.latest());
    }

    /// Waits up to 20 s for an identity.
    private static Identity first(IdentitySource source, Identity... except) throws InterruptedException {
        var published = new LinkedBlockingQueue<Identity>();
        try (var _ = source.latest().onChange(published::add)) {
            while (true) {
                var identity = published.poll(20, TimeUnit.SECONDS);
                if (identity == null) {
                    throw new AssertionError(source.status().toString());
                }
                if (!List.of(except).contains(identity)) {
                    return identity;
                }
            }
        }
    }

    private static Identity identity(TestCa ca) {
        var issued = ca.issue("spiffe://test.example/client", Duration.ofHours(1));
        return Identity.of("spiffe://test.example/client", issued.key(), issued.chain(), List.of(ca.root()), Map.of());
    }
}
