package dev.outrigger.sds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.outrigger.health.Gate;
import dev.outrigger.health.HealthBoard;
import dev.outrigger.testkit.FakeWorkloadApi;
import dev.outrigger.testkit.TestCa;
import java.io.IOException;
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
