package dev.outrigger.sds;

import static dev.outrigger.sds.TestService.ack;
import static dev.outrigger.sds.TestService.chain;
import static dev.outrigger.sds.TestService.names;
import static dev.outrigger.sds.TestService.secrets;
import static dev.outrigger.sds.TestService.subscribe;
import static dev.outrigger.sds.TestService.want;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.outrigger.proto.discovery.DiscoveryRequest;
import dev.outrigger.proto.discovery.DiscoveryResponse;
import dev.outrigger.proto.secret.SecretDiscoveryServiceGrpc;
import dev.outrigger.testkit.TestCa;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SdsServerTest {
    private static final TestCa CA = TestCa.create("root");

    @TempDir
    Path folder;

    private final TestSds sds = new TestSds();
    private final Identity first = TestIdentities.of(CA);
    private final Identity second = TestIdentities.of(CA);

    @AfterEach
    void close() {
        sds.close();
    }

    @Test
    void bothVariantsAndFetchAreServedOnTheSocket() throws Exception {
        var socket = folder.resolve("sds");
        try (var server = sds.serve(socket)) {
            sds.identity.publish(first);
            var sotw = sds.sotw(socket);
            var delta = sds.delta(socket);

            sotw.send(want("default"));
            delta.send(subscribe("ROOTCA"));

            assertThat(names(sotw.next())).containsExactly("default");
            assertThat(names(delta.next())).containsExactly("ROOTCA");
            assertThat(server.status().streams())
                    .extracting(SdsStatus.Stream::kind)
                    .containsExactlyInAnyOrder("sotw", "delta");
            var fetched = SecretDiscoveryServiceGrpc.newBlockingStub(sds.dial(socket))
                    .withDeadlineAfter(20, TimeUnit.SECONDS)
                    .fetchSecrets(want());
            assertThat(names(fetched)).containsExactly("ROOTCA", "default");
        }
    }

    @Test
    void anIdentityThatWasThereBeforeTheServerIsServed() throws Exception {
        sds.identity.publish(first);
        var socket = folder.resolve("sds");
        try (var _ = sds.serve(socket)) {
            var client = sds.sotw(socket);

            client.send(want("default"));

            assertThat(chain(secrets(client.next()).getFirst())).isEqualTo(first.chainPem());
        }
    }

    @Test
    void anIdentityThatIsWithdrawnIsGivenToNobodyUntilThereIsOneAgain() throws Exception {
        sds.identity.publish(first);
        var socket = folder.resolve("sds");
        try (var _ = sds.serve(socket)) {
            var client = sds.sotw(socket);
            client.send(want("default"));
            client.next();

            sds.identity.withdraw();
            var late = sds.sotw(socket);
            late.send(want("default"));
            assertThatThrownBy(() -> SecretDiscoveryServiceGrpc.newBlockingStub(sds.dial(socket))
                            .withDeadlineAfter(20, TimeUnit.SECONDS)
                            .fetchSecrets(want()))
                    .hasMessageContaining("UNAVAILABLE");
            sds.identity.publish(second);

            assertThat(chain(secrets(late.next()).getFirst())).isEqualTo(second.chainPem());
            assertThat(chain(secrets(client.next()).getFirst())).isEqualTo(second.chainPem());
        }
    }

    /// A source on the server's loop is heard at once, even while what another thread published still waits.
    @Test
    void whatIsPublishedLastIsServedWhicheverThreadPublishedIt() throws Exception {
        var loop = sds.loops.next();
        var socket = folder.resolve("sds");
        try (var server = sds.serveOn(loop, new SdsConfig(socket))) {
            var gate = new CountDownLatch(1);
            var done = loop.submit(() -> {
                gate.await();
                sds.identity.publish(second);
                return server.status().version();
            });
            sds.identity.publish(first);
            gate.countDown();

            var atOnce = done.get(20, TimeUnit.SECONDS);
            loop.submit(() -> {}).get(20, TimeUnit.SECONDS);

            assertThat(server.status().version()).isEqualTo(atOnce);
            var client = sds.sotw(socket);
            client.send(want("default"));
            assertThat(chain(secrets(client.next()).getFirst())).isEqualTo(second.chainPem());
        }
    }

    @Test
    void manyClientsThatWaitAreAllServedAndAllRotated() throws Exception {
        var socket = folder.resolve("sds");
        try (var _ = sds.serve(socket)) {
            var clients = new ArrayList<TestSds.Client<DiscoveryRequest, DiscoveryResponse>>();
            for (var i = 0; i < 20; i++) {
                var client = sds.sotw(socket);
                client.send(want("default", "ROOTCA"));
                clients.add(client);
            }

            sds.identity.publish(first);
            for (var client : clients) {
                var response = client.next();
                assertThat(names(response)).containsExactly("default", "ROOTCA");
                client.send(ack(response, "default", "ROOTCA"));
            }
            sds.identity.publish(second);

            for (var client : clients) {
                var response = client.next();
                assertThat(names(response)).containsExactly("default");
                assertThat(chain(secrets(response).getFirst())).isEqualTo(second.chainPem());
            }
        }
    }

    @Test
    void theNamesOfTheConfigurationAreServed() throws Exception {
        var socket = folder.resolve("sds");
        try (var _ = sds.serve(new SdsConfig(socket, "rw-rw----", "mine", "trust", "all", SdsConfig.Trust.CA))) {
            sds.identity.publish(first);
            var client = sds.sotw(socket);

            client.send(want());

            assertThat(names(client.next())).containsExactly("trust", "mine");
        }
    }

    @Test
    void whoSendsTooMuchLosesItsStreamAndIsToldWhy() throws Exception {
        var socket = folder.resolve("sds");
        try (var _ = sds.serve(socket)) {
            sds.identity.publish(first);
            var good = sds.sotw(socket);
            var bad = sds.sotw(socket);

            bad.send(want("x".repeat(5 << 20)));
            good.send(want("default"));

            assertThat(bad.end()).hasMessageContaining("4194304 are allowed");
            assertThat(names(good.next())).containsExactly("default");
        }
    }

    @Test
    void streamsEndWhenItCloses() throws Exception {
        var socket = folder.resolve("sds");
        var server = sds.serve(socket);
        sds.identity.publish(first);
        var client = sds.sotw(socket);
        client.send(want("default"));
        client.next();

        server.close();
        server.close();

        assertThat(client.end()).isNotNull();
        assertThat(socket).doesNotExist();
        sds.identity.publish(second);
        assertThat(server.status().streams()).isEmpty();
    }

    @Test
    void noKeyIsLoggedOrShown() throws Exception {
        var socket = folder.resolve("sds");
        var keyLine = first.keyPem().lines().skip(1).findFirst().orElseThrow();
        try (var log = new TestLog("dev.outrigger");
                var server = sds.serve(socket)) {
            sds.identity.publish(first);
            var client = sds.sotw(socket);
            client.send(want("default", "ROOTCA", "unknown"));
            var response = client.next();
            client.send(TestService.nack(response, "refused", "default", "ROOTCA"));
            client.send(ack(response, "default", "ROOTCA", TestIdentities.ID));
            client.next(); // so the NACK before it has been read
            sds.identity.publish(second);
            client.next();

            var shown = String.join("\n", log.lines())
                    + server.status()
                    + first
                    + sds.identity.get()
                    + Secrets.of(first, new SdsConfig(socket), null).named("default");

            assertThat(shown)
                    .contains("secrets refused")
                    .contains("name=unknown")
                    .doesNotContain("PRIVATE")
                    .doesNotContain(keyLine);
        }
    }
}
