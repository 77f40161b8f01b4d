package dev.outrigger.xds;

import static dev.outrigger.xds.Messages.CDS;
import static dev.outrigger.xds.Messages.EDS;
import static dev.outrigger.xds.Messages.LDS;
import static dev.outrigger.xds.Messages.NDS;
import static dev.outrigger.xds.Messages.NODE;
import static dev.outrigger.xds.Messages.ack;
import static dev.outrigger.xds.Messages.delta;
import static dev.outrigger.xds.Messages.deltaPush;
import static dev.outrigger.xds.Messages.sotw;
import static dev.outrigger.xds.Messages.sotwPush;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrigger.proto.discovery.Resource;
import dev.outrigger.proto.rpc.Status;
import dev.outrigger.testkit.FakeControlPlane;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Clients and relays that come while the control plane is away, over sockets.
class LastKnownGoodTest {
    private static final String SECRET = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret";

    @TempDir
    Path folder;

    private FakeControlPlane controlPlane;

    @BeforeEach
    void serve() throws Exception {
        controlPlane = FakeControlPlane.start();
        controlPlane.setResources(CDS, "1", Map.of("a", named("a", "1"), "b", named("b", "1")));
        controlPlane.setResources(EDS, "1", Map.of("a", named("a", "e"), "b", named("b", "e")));
    }

    @AfterEach
    void stop() {
        controlPlane.close();
    }

    @Test
    void aNewDeltaClientIsServedWhileTheControlPlaneIsAwayAndFollowsItOnceItIsBack() throws Exception {
        try (var relay = relay()) {
            learnDelta(relay);
            controlPlane.stop();
            relay.await("disconnected");

            try (var client = relay.client(Protocol.DELTA)) {
                client.send(delta(CDS).setNode(NODE).build().toByteArray());
                var clusters = deltaPush(client.next());
                assertThat(clusters.getSystemVersionInfo()).isEqualTo("1");
                assertThat(clusters.getResourcesList().stream().map(Resource::getName))
                        .containsExactlyInAnyOrder("a", "b");
                client.send(ack(clusters).build().toByteArray());
                client.send(delta(EDS, "a", "unknown").build().toByteArray());
                var endpoints = deltaPush(client.next());
                assertThat(endpoints.getResourcesList().stream().map(Resource::getName))
                        .containsExactly("a");
                client.send(ack(endpoints).build().toByteArray());
                relay.await("acked 2 " + EDS);
                assertThat(relay.condition.state().reason()).contains("serving the last known good of ");
                assertThat(relay.proxy.lastKnownGood().orElseThrow().serving()).isTrue();

                controlPlane.setResources(CDS, "2", Map.of("a", named("a", "2")));
                controlPlane.restart();

                var again = controlPlane
                        .await(request -> request.typeUrl().equals(CDS) && request.stream() > 1)
                        .asDelta();
                assertThat(again.getInitialResourceVersionsMap()).isEqualTo(Map.of("a", "1", "b", "1"));
                assertThat(again.getNode()).isEqualTo(NODE);
                assertThat(again.getResponseNonce()).isEmpty();
                var change = deltaPush(client.next());
                assertThat(change.getResourcesList().stream().map(Resource::getName))
                        .containsExactly("a");
                assertThat(change.getRemovedResourcesList()).containsExactly("b");
                client.send(ack(change).build().toByteArray());
                relay.await("acked 2 " + CDS);
                assertThat(client.closed()).isNotDone();
                assertThat(relay.condition.state().met()).isTrue();
                assertThat(relay.proxy.lastKnownGood().orElseThrow().serving()).isFalse();
                assertThat(relay.proxy.lastKnownGood().orElseThrow().resources())
                        .containsEntry(CDS, 1);
            }
        }
    }

    @Test
    void whatAClientAcceptedStaysKeptWhenTheNextOneRefusesThePushThatRepeatsIt() throws Exception {
        try (var relay = relay()) {
            learnDelta(relay);
            controlPlane.setResources(CDS, "2", Map.of("a", named("a", "broken"), "b", named("b", "1")));

            try (var client = relay.client(Protocol.DELTA)) {
                client.send(delta(CDS).setNode(NODE).build().toByteArray());
                var whole = deltaPush(client.next());
                client.send(ack(whole)
                        .setErrorDetail(Status.newBuilder().setCode(13).setMessage("a is broken"))
                        .build()
                        .toByteArray());
                controlPlane.setResources(CDS, "3", Map.of("a", named("a", "3"), "b", named("b", "1")));
                var repair = deltaPush(client.next());
                assertThat(repair.getResourcesList().stream().map(Resource::getName))
                        .containsExactly("a");
                client.send(ack(repair).build().toByteArray());
                relay.await("acked 2 " + CDS);
            }

            assertThat(relay.proxy.lastKnownGood().orElseThrow().resources()).containsEntry(CDS, 2);
        }
    }

    @Test
    void aNewSotwClientIsServedAndSubscribesWithTheVersionItHolds() throws Exception {
        try (var relay = relay()) {
            learnDelta(relay);
            controlPlane.stop();
            relay.await("disconnected");

            try (var client = relay.client(Protocol.SOTW)) {
                client.send(sotw(CDS).setNode(NODE).build().toByteArray());
                var clusters = sotwPush(client.next());
                assertThat(clusters.getResourcesCount()).isEqualTo(2);
                client.send(ack(clusters).build().toByteArray());
                client.send(sotw(EDS, "a", "unknown").build().toByteArray());
                var endpoints = sotwPush(client.next());
                assertThat(endpoints.getResourcesCount()).isEqualTo(1);
                client.send(ack(endpoints, "a", "unknown").build().toByteArray());
                relay.await("acked 2 " + EDS);

                controlPlane.restart();

                var again = controlPlane
                        .await(request -> request.typeUrl().equals(CDS) && request.stream() > 1)
                        .asSotw();
                assertThat(again)
                        .isEqualTo(sotw(CDS).setNode(NODE).setVersionInfo("1").build());
                // One of its names is still owed, so the version is not claimed.
                assertThat(controlPlane.await(EDS).asSotw())
                        .isEqualTo(sotw(EDS, "a", "unknown").build());
                assertThat(client.closed()).isNotDone();
            }
        }
    }

    @Test
    void aRestartedRelayServesWhatTheOneBeforeItKept() throws Exception {
        try (var relay = relay()) {
            learnDelta(relay);
        }
        controlPlane.stop();

        try (var relay = relay();
                var client = relay.client(Protocol.DELTA)) {
            client.send(delta(CDS).setNode(NODE).build().toByteArray());

            assertThat(deltaPush(client.next()).getResourcesCount()).isEqualTo(2);
        }
    }

    @Test
    void aFileOfAnotherNodeIsRefusedAndNothingIsServedOfIt() throws Exception {
        try (var relay = relay()) {
            learnDelta(relay);
        }
        controlPlane.stop();
        var config = TestRelay.config(folder, controlPlane.address());
        var foreign = new XdsConfig(
                config.socket(),
                config.socketPermissions(),
                config.controlPlanes(),
                config.security(),
                config.tokenFile(),
                config.headers(),
                config.backoff(),
                config.returnEvery(),
                config.keepalive(),
                Duration.ofSeconds(30),
                java.util.Optional.of(new SnapshotConfig(
                        folder.resolve("kept"), Duration.ofDays(1), Duration.ofSeconds(3), "another")));

        try (var relay = TestRelay.start(foreign, java.util.Optional::empty)) {
            assertThat(relay.proxy.lastKnownGood().orElseThrow().resources()).isEmpty();
        }
    }

    @Test
    void whatAClientRefusedAndSecretsAreNotKept() throws Exception {
        controlPlane.setResources(SECRET, "1", Map.of("key", named("key", "private")));
        try (var relay = relay();
                var client = relay.client(Protocol.DELTA)) {
            client.send(delta(CDS).setNode(NODE).build().toByteArray());
            var push = deltaPush(client.next());
            client.send(ack(push)
                    .setErrorDetail(Status.newBuilder().setMessage("no"))
                    .build()
                    .toByteArray());
            client.send(delta(SECRET, "key").build().toByteArray());
            client.send(ack(deltaPush(client.next())).build().toByteArray());
            relay.await("acked 1 " + SECRET);

            assertThat(relay.proxy.lastKnownGood().orElseThrow().resources()).isEmpty();
        }
    }

    @Test
    void aControlPlaneThatRefusesStreamsIsAwayToo() throws Exception {
        try (var relay = relay()) {
            learnDelta(relay);
            controlPlane.fail(io.grpc.Status.UNAVAILABLE);

            try (var client = relay.client(Protocol.DELTA)) {
                client.send(delta(CDS).setNode(NODE).build().toByteArray());
                var push = deltaPush(client.next());
                client.send(ack(push).build().toByteArray());
                relay.await("acked 2 " + CDS);

                controlPlane.setResources(CDS, "2", Map.of("c", named("c", "2")));
                controlPlane.recover();

                var change = deltaPush(client.next());
                assertThat(change.getRemovedResourcesList()).containsExactlyInAnyOrder("a", "b");
            }
        }
    }

    @Test
    void aControlPlaneThatAnswersIsNeverPreempted() throws Exception {
        try (var relay = relay()) {
            learnDelta(relay);
            controlPlane.withhold(CDS);
            try (var client = relay.client(Protocol.DELTA)) {
                client.send(delta(CDS).setNode(NODE).build().toByteArray());
                controlPlane.await(request -> request.stream() == 2);
                client.send(delta(EDS, "a").build().toByteArray());

                assertThat(deltaPush(client.next()).getTypeUrl()).isEqualTo(EDS);
                assertThat(client.unread()).isZero();
            }
        }
    }

    @Test
    void aTypeWithoutReadableNamesIsServedAsItWasAccepted() throws Exception {
        var type = "type.example.org/nameless";
        controlPlane.setResources(type, "4", Map.of("x", new byte[] {1, 2, 3}));
        try (var relay = relay()) {
            try (var client = relay.client(Protocol.SOTW)) {
                client.send(sotw(type).setNode(NODE).build().toByteArray());
                var push = sotwPush(client.next());
                client.send(ack(push).build().toByteArray());
                relay.await("acked 1 " + type);
            }
            controlPlane.stop();
            relay.await("disconnected");

            try (var client = relay.client(Protocol.SOTW)) {
                client.send(sotw(type).setNode(NODE).build().toByteArray());

                var kept = sotwPush(client.next());
                assertThat(kept.getVersionInfo()).isEqualTo("4");
                assertThat(kept.getResources(0).getValue().toByteArray()).isEqualTo(new byte[] {1, 2, 3});
            }
        }
    }

    @Test
    void handlersGetTheKeptTableOnlyWhenTheControlPlaneDoesNotAnswerAtFirst() throws Exception {
        controlPlane.setResources(NDS, "1", Map.of("", "table".getBytes(UTF_8)));
        var first = new Table();
        try (var relay = relay(first);
                var client = relay.client(Protocol.DELTA)) {
            client.send(delta(LDS).setNode(NODE).build().toByteArray());
            relay.await("acked 1 " + NDS);
            assertThat(first.next()).isEqualTo("table");
        }
        controlPlane.stop();
        var second = new Table();

        try (var relay = relay(second);
                var client = relay.client(Protocol.DELTA)) {
            assertThat(second.next()).isEqualTo("table");

            controlPlane.setResources(NDS, "2", Map.of("", "newer".getBytes(UTF_8)));
            controlPlane.restart();
            client.send(delta(LDS).setNode(NODE).build().toByteArray());
            relay.await("acked 1 " + NDS);
            assertThat(second.next()).isEqualTo("newer");
        }
        var third = new Table();
        try (var relay = relay(third);
                var client = relay.client(Protocol.DELTA)) {
            client.send(delta(LDS).setNode(NODE).build().toByteArray());
            relay.await("acked 1 " + NDS);
            assertThat(third.next()).isEqualTo("newer");
            assertThat(third.received).isEmpty();
        }
    }

    @Test
    void ageAndResourcesAreMeasured() throws Exception {
        try (var relay = relay()) {
            learnDelta(relay);

            assertThat(relay.registry
                            .get("outrigger.xds.snapshot.resources")
                            .tag("type", "Cluster")
                            .gauge()
                            .value())
                    .isEqualTo(2);
            assertThat(relay.registry
                            .get("outrigger.xds.snapshot.age.seconds")
                            .gauge()
                            .value())
                    .isLessThan(60);
        }
    }

    private TestRelay relay(ResourceHandler... handlers) throws Exception {
        var config = TestRelay.config(folder, controlPlane.address());
        return TestRelay.start(
                TestRelay.keeping(config, folder.resolve("kept"), Duration.ofDays(1)),
                java.util.Optional::empty,
                handlers);
    }

    /// One client takes all there is.
    private static void learnDelta(TestRelay relay) throws Exception {
        try (var client = relay.client(Protocol.DELTA)) {
            client.send(delta(CDS).setNode(NODE).build().toByteArray());
            client.send(ack(deltaPush(client.next())).build().toByteArray());
            client.send(delta(EDS, "a", "b").build().toByteArray());
            client.send(ack(deltaPush(client.next())).build().toByteArray());
            relay.await("acked 1 " + EDS);
        }
        relay.await("closed 1");
    }

    private static byte[] named(String name, String content) {
        return new Writer().string(1, name).string(2, content).toBytes();
    }

    private static final class Table implements ResourceHandler {
        final BlockingQueue<String> received = new LinkedBlockingQueue<>();

        @Override
        public String typeUrl() {
            return NDS;
        }

        @Override
        public void accept(List<HandledResource> resources) {
            resources.forEach(resource -> received.add(new String(resource.value(), UTF_8)));
        }

        String next() throws InterruptedException {
            return String.valueOf(received.poll(20, TimeUnit.SECONDS));
        }
    }
}
