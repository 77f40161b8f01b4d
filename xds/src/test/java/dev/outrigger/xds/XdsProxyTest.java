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

import dev.outrigger.proto.rpc.Status;
import dev.outrigger.testkit.FakeControlPlane;
import dev.outrigger.testkit.RawMethod;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class XdsProxyTest {
    @TempDir
    Path folder;

    private FakeControlPlane controlPlane;

    @BeforeEach
    void serve() throws Exception {
        controlPlane = FakeControlPlane.start();
    }

    @AfterEach
    void stop() {
        controlPlane.close();
    }

    @ParameterizedTest(name = "{0} seed {1}")
    @CsvSource({"SOTW,1", "SOTW,2", "DELTA,1", "DELTA,2"})
    void bytesInAreBytesOut(Protocol protocol, long seed) throws Exception {
        var random = new Random(seed);
        try (var relay = TestRelay.start(folder, controlPlane.address());
                var client = relay.client(protocol)) {
            for (int i = 0; i < 100; i++) {
                var names = random.ints(random.nextInt(5), 0, 100)
                        .mapToObj(n -> "n" + n)
                        .toArray(String[]::new);
                var request = Messages.withUnknownFields(
                        protocol == Protocol.SOTW
                                ? sotw(EDS, names).setNode(NODE).build().toByteArray()
                                : delta(EDS, names).setNode(NODE).build().toByteArray(),
                        random);

                client.send(request);

                assertThat(controlPlane.await(EDS).raw()).isEqualTo(request);
                var push = Messages.withUnknownFields(
                        new Writer()
                                .string(4, EDS)
                                .string(1, "v" + i)
                                .string(5, "n" + i)
                                .toBytes(),
                        random);
                controlPlane.pushRaw(push);
                assertThat(client.next()).isEqualTo(push);
            }
        }
    }

    @Test
    void aClientKeepsItsStreamAndTheRelayResubscribesWithVersions() throws Exception {
        controlPlane.setResources(CDS, "1", Map.of("a", "A".getBytes(UTF_8)));
        try (var relay = TestRelay.start(folder, controlPlane.address());
                var client = relay.client(Protocol.SOTW)) {
            client.send(sotw(CDS).setNode(NODE).build().toByteArray());
            var push = sotwPush(client.next());
            client.send(ack(push).build().toByteArray());
            controlPlane.await(request -> request.nonce().equals(push.getNonce()));

            controlPlane.stop();
            relay.await("disconnected");
            client.send(sotw(EDS, "x").build().toByteArray());
            relay.await("disconnected");
            controlPlane.restart();

            assertThat(controlPlane.await(CDS).asSotw())
                    .isEqualTo(sotw(CDS).setNode(NODE).setVersionInfo("1").build());
            assertThat(controlPlane.await(EDS).asSotw())
                    .isEqualTo(sotw(EDS, "x").build());
            controlPlane.setResources(CDS, "2", Map.of("b", "B".getBytes(UTF_8)));
            assertThat(sotwPush(client.next()).getVersionInfo()).isEqualTo("2");
            assertThat(client.closed()).isNotDone();
        }
    }

    @Test
    void aDeltaClientHearsAfterAnOutageOnlyWhatChanged() throws Exception {
        controlPlane.setResources(CDS, "1", Map.of("a", "A".getBytes(UTF_8), "b", "B".getBytes(UTF_8)));
        try (var relay = TestRelay.start(folder, controlPlane.address());
                var client = relay.client(Protocol.DELTA)) {
            client.send(delta(CDS).setNode(NODE).build().toByteArray());
            var push = deltaPush(client.next());
            client.send(ack(push).build().toByteArray());
            controlPlane.await(request -> request.nonce().equals(push.getNonce()));

            controlPlane.stop();
            relay.await("disconnected");
            controlPlane.setResources(CDS, "2", Map.of("a", "A2".getBytes(UTF_8)));
            controlPlane.restart();

            var again = controlPlane.await(CDS).asDelta();
            assertThat(again.getInitialResourceVersionsMap()).isEqualTo(Map.of("a", "1", "b", "1"));
            assertThat(again.getNode()).isEqualTo(NODE);
            var change = deltaPush(client.next());
            assertThat(change.getResourcesList())
                    .singleElement()
                    .satisfies(it -> assertThat(it.getName()).isEqualTo("a"));
            assertThat(change.getRemovedResourcesList()).containsExactly("b");
        }
    }

    @Test
    void aStreamThatTheControlPlaneEndsIsOpenedAgainOnTheSameConnection() throws Exception {
        try (var relay = TestRelay.start(folder, controlPlane.address());
                var client = relay.client(Protocol.DELTA)) {
            client.send(delta(CDS).setNode(NODE).build().toByteArray());
            controlPlane.await(CDS);

            controlPlane.fail(io.grpc.Status.PERMISSION_DENIED.withDescription("not yet"));
            controlPlane.recover();

            assertThat(controlPlane.await(CDS).asDelta())
                    .isEqualTo(delta(CDS).setNode(NODE).build());
            assertThat(relay.proxy.status().lastError())
                    .hasValueSatisfying(reason -> assertThat(reason).contains("PERMISSION_DENIED: not yet"));
            assertThat(client.closed()).isNotDone();
        }
    }

    @Test
    void aControlPlaneThatClosesOldConnectionsHasNotFailed() throws Exception {
        try (var young = FakeControlPlane.start(Duration.ofSeconds(1))) {
            young.setResources(CDS, "1", Map.of("a", "A".getBytes(UTF_8)));
            try (var relay = TestRelay.start(folder, young.address());
                    var client = relay.client(Protocol.DELTA)) {
                client.send(delta(CDS).setNode(NODE).build().toByteArray());
                client.next();
                for (int i = 0; i < 2; i++) {
                    young.await(CDS);
                    relay.await("upstream ended 1 UNAVAILABLE: the peer sent GOAWAY NO_ERROR");
                    relay.await("connected");
                }
                assertThat(relay.proxy.status().lastError()).isEmpty();
                assertThat(client.closed()).isNotDone();
            }
        }
    }

    @Test
    void aControlPlaneThatIsNotThereYetIsWaitedForAndTheReasonIsShown() throws Exception {
        controlPlane.stop();
        try (var relay = TestRelay.start(folder, controlPlane.address());
                var client = relay.client(Protocol.SOTW)) {
            client.send(sotw(CDS).setNode(NODE).build().toByteArray());
            assertThat(relay.await("disconnected")).contains("Connection refused");
            assertThat(relay.condition.state().met()).isFalse();
            assertThat(relay.condition.state().reason()).contains("Connection refused");

            controlPlane.setResources(CDS, "1", Map.of());
            controlPlane.restart();

            assertThat(sotwPush(client.next()).getVersionInfo()).isEqualTo("1");
            assertThat(relay.condition.state().met()).isTrue();
        }
    }

    @Test
    void theNextControlPlaneIsTriedWhenTheFirstIsDown() throws Exception {
        var dead = FakeControlPlane.start();
        dead.close();
        var config = TestRelay.config(
                folder,
                dead.address(),
                InetSocketAddress.createUnresolved(
                        "localhost", controlPlane.address().getPort()));
        try (var relay = TestRelay.start(config, Optional::empty)) {
            assertThat(relay.await("connected"))
                    .isEqualTo("connected localhost:" + controlPlane.address().getPort());
            assertThat(relay.proxy.status().connected()).isTrue();
        }
    }

    @Test
    void twoClientsOfDifferentKindsAreServedAtOnceOverOneConnection() throws Exception {
        controlPlane.setResources(CDS, "1", Map.of("a", "A".getBytes(UTF_8)));
        try (var relay = TestRelay.start(folder, controlPlane.address());
                var envoy = relay.client(Protocol.DELTA);
                var grpc = relay.client(Protocol.SOTW)) {
            envoy.send(delta(CDS).setNode(NODE).build().toByteArray());
            grpc.send(sotw(CDS).setNode(NODE.toBuilder().setId("grpc")).build().toByteArray());

            assertThat(deltaPush(envoy.next()).getResourcesCount()).isEqualTo(1);
            assertThat(sotwPush(grpc.next()).getResourcesCount()).isEqualTo(1);
            relay.await("pushed");
            relay.await("pushed");

            assertThat(relay.proxy.status().streams())
                    .extracting(XdsStatus.Stream::protocol)
                    .containsExactlyInAnyOrder("delta", "sotw");
            assertThat(relay.proxy.status().streams())
                    .extracting(XdsStatus.Stream::node)
                    .containsExactlyInAnyOrder(NODE.getId(), "grpc");
            grpc.cancel();
            relay.await("closed");
            assertThat(relay.proxy.status().streams()).hasSize(1);
            assertThat(controlPlane.opened()).isEqualTo(2);
        }
    }

    @Test
    void aRefusalReachesTheControlPlaneAndTheObserver() throws Exception {
        controlPlane.setResources(CDS, "7", Map.of("a", "A".getBytes(UTF_8)));
        try (var relay = TestRelay.start(folder, controlPlane.address());
                var client = relay.client(Protocol.SOTW)) {
            client.send(sotw(CDS).setNode(NODE).build().toByteArray());
            var push = sotwPush(client.next());

            client.send(sotw(CDS)
                    .setResponseNonce(push.getNonce())
                    .setErrorDetail(Status.newBuilder().setCode(13).setMessage("cluster a: no type"))
                    .build()
                    .toByteArray());

            assertThat(controlPlane.await(request -> !request.error().isEmpty()).error())
                    .isEqualTo("cluster a: no type");
            assertThat(relay.await("nacked")).isEqualTo("nacked 1 " + CDS + " 7 cluster a: no type");
            assertThat(relay.proxy.status().streams().getFirst().types())
                    .containsExactly(new XdsStatus.Type(CDS, "7", "NACK: cluster a: no type", 1, 0));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aTypeOfTheAgentIsAskedForAfterListenersAnsweredAndNeverForwarded(Protocol protocol) throws Exception {
        var table = new Table();
        controlPlane.setResources(NDS, "t1", Map.of("", "good".getBytes(UTF_8)));
        try (var relay = TestRelay.start(folder, controlPlane.address(), table);
                var client = relay.client(protocol)) {
            client.send(first(protocol, CDS));
            client.send(first(protocol, LDS));

            assertThat(table.next()).isEqualTo("good");
            controlPlane.await(
                    request -> request.typeUrl().equals(NDS) && !request.nonce().isEmpty());
            assertThat(controlPlane.requests())
                    .extracting(request -> request.typeUrl() + request.error())
                    .containsExactly(CDS, LDS, NDS, NDS);

            controlPlane.setResources(NDS, "t2", Map.of("", "bad".getBytes(UTF_8)));
            assertThat(table.next()).isEqualTo("bad");
            var nack = controlPlane.await(request -> !request.error().isEmpty());
            assertThat(nack.error()).isEqualTo("bad table");
            assertThat(
                            protocol == Protocol.SOTW
                                    ? nack.asSotw().getErrorDetail().getCode()
                                    : nack.asDelta().getErrorDetail().getCode())
                    .isEqualTo(13);
            assertThat(protocol == Protocol.SOTW ? nack.asSotw().getVersionInfo() : "t1")
                    .isEqualTo("t1");

            controlPlane.setResources(CDS, "1", Map.of("a", new byte[0]));
            assertThat(Push.read(protocol, Message.of(client.next())).typeUrl()).isEqualTo(CDS);
        }
    }

    @Test
    void theTypesOfTheAgentMoveToAnotherStreamWhenTheirsCloses() throws Exception {
        var table = new Table();
        controlPlane.setResources(NDS, "t1", Map.of("", "good".getBytes(UTF_8)));
        try (var relay = TestRelay.start(folder, controlPlane.address(), table);
                var second = relay.client(Protocol.SOTW)) {
            try (var first = relay.client(Protocol.DELTA)) {
                first.send(first(Protocol.DELTA, LDS));
                assertThat(table.next()).isEqualTo("good");
                second.send(first(Protocol.SOTW, LDS));
                controlPlane.await(request -> !request.delta());
                assertThat(controlPlane.requests())
                        .noneMatch(
                                request -> !request.delta() && request.typeUrl().equals(NDS));
            }

            assertThat(controlPlane.await(request -> !request.delta()).typeUrl())
                    .isEqualTo(NDS);
            assertThat(table.next()).isEqualTo("good");
        }
    }

    @Test
    void theTypesOfTheAgentAreAskedForAgainAfterAnOutageWithTheirVersion() throws Exception {
        var table = new Table();
        controlPlane.setResources(NDS, "t1", Map.of("", "good".getBytes(UTF_8)));
        try (var relay = TestRelay.start(folder, controlPlane.address(), table);
                var client = relay.client(Protocol.SOTW)) {
            client.send(first(Protocol.SOTW, LDS));
            controlPlane.await(
                    request -> request.typeUrl().equals(NDS) && !request.nonce().isEmpty());

            controlPlane.stop();
            controlPlane.restart();

            assertThat(controlPlane.await(LDS).asSotw().getNode()).isEqualTo(NODE);
            assertThat(controlPlane.await(NDS).asSotw().getVersionInfo()).isEqualTo("t1");
        }
    }

    @Test
    void aClientThatDoesNotReadHoldsTheControlPlaneBack() throws Exception {
        try (var relay = TestRelay.start(folder, controlPlane.address());
                var client = TestClient.openWithoutReading(relay.config.socket(), relay.loops, Protocol.SOTW)) {
            client.send(sotw(EDS).setNode(NODE).build().toByteArray());
            controlPlane.await(EDS);
            var megabyte = new Writer()
                    .string(4, EDS)
                    .string(5, "n")
                    .bytes(2, new byte[1 << 20])
                    .toBytes();

            controlPlane.flood(megabyte);
            relay.await("pushed");
            try (var other = relay.client(Protocol.SOTW)) {
                other.send(sotw(EDS).setNode(NODE).build().toByteArray());
                for (int i = 0; i < 20; i++) {
                    other.next();
                }
            }

            // What fits the windows and buffers of both hops, while the other client took twenty and more.
            long pushed = relay.proxy.status().streams().getFirst().types().stream()
                    .mapToLong(XdsStatus.Type::pushes)
                    .sum();
            assertThat(pushed).isLessThan(10);
            client.read();
            for (int i = 0; i < 20; i++) {
                assertThat(client.next()).isEqualTo(megabyte);
            }
            controlPlane.ebb();
        }
    }

    @Test
    void aPushOf64MebibytesPasses() throws Exception {
        try (var relay = TestRelay.start(folder, controlPlane.address());
                var client = relay.client(Protocol.SOTW)) {
            client.send(sotw(EDS).setNode(NODE).build().toByteArray());
            controlPlane.await(EDS);
            var huge = new Writer().string(4, EDS).bytes(2, new byte[64 << 20]).toBytes();

            controlPlane.pushRaw(huge);

            assertThat(client.next()).hasSameSizeAs(huge);
        }
    }

    @Test
    void theTokenIsReadForEachStreamAndAMissingOneIsReported() throws Exception {
        var token = folder.resolve("token");
        try (var relay = TestRelay.start(
                        TestRelay.withToken(TestRelay.config(folder, controlPlane.address()), token), Optional::empty);
                var client = relay.client(Protocol.SOTW)) {
            client.send(sotw(CDS).setNode(NODE).build().toByteArray());
            relay.await("upstream ended 1 token file");
            assertThat(controlPlane.opened()).isZero();

            Files.writeString(token, "first\n");
            var request = controlPlane.await(CDS);
            assertThat(request.header("authorization")).isEqualTo("Bearer first");
            assertThat(request.header("clusterid")).isEqualTo("Kubernetes");
            assertThat(relay.proxy.status().lastError())
                    .hasValueSatisfying(
                            reason -> assertThat(reason).contains("token file " + token + " cannot be read"));

            Files.writeString(token, "second");
            controlPlane.fail(io.grpc.Status.UNAUTHENTICATED);
            controlPlane.recover();
            assertThat(controlPlane.await(CDS).header("authorization")).isEqualTo("Bearer second");
        }
    }

    @ParameterizedTest
    @EnumSource
    void aTypeThatTheClientNeverAskedForIsRefusedOnceAndNotForwarded(Protocol protocol) throws Exception {
        try (var relay = TestRelay.start(folder, controlPlane.address());
                var client = relay.client(protocol)) {
            client.send(first(protocol, CDS));
            controlPlane.await(CDS);
            var unasked = new Writer().string(4, EDS).string(5, "u").toBytes();
            var asked = new Writer().string(4, CDS).string(5, "c").toBytes();

            controlPlane.pushRaw(unasked);
            controlPlane.pushRaw(unasked);
            controlPlane.pushRaw(asked);

            assertThat(client.next()).isEqualTo(asked);
            var nack = controlPlane.await(EDS);
            assertThat(nack.nonce()).isEqualTo("u");
            assertThat(nack.error()).startsWith("no client has asked for this type");
            client.send(first(protocol, EDS));
            var request = controlPlane.await(EDS);
            assertThat(request.nonce()).isEmpty();
            controlPlane.pushRaw(unasked);
            assertThat(client.next()).isEqualTo(unasked);
            assertThat(relay.await("nacked")).startsWith("nacked 1 " + EDS);
        }
    }

    @Test
    void aRequestThatIsNoMessageEndsItsStreamOnly() throws Exception {
        try (var relay = TestRelay.start(folder, controlPlane.address());
                var client = relay.client(Protocol.SOTW);
                var other = relay.client(Protocol.SOTW)) {
            client.send(new byte[] {(byte) 0xff});

            assertThat(client.closed().get(20, TimeUnit.SECONDS).getCode())
                    .isEqualTo(io.grpc.Status.Code.INVALID_ARGUMENT);
            other.send(sotw(CDS).setNode(NODE).build().toByteArray());
            controlPlane.await(CDS);
        }
    }

    @Test
    void otherMethodsAreUnimplemented() throws Exception {
        try (var relay = TestRelay.start(folder, controlPlane.address())) {
            var channel = NettyChannelBuilder.forAddress(
                            new DomainSocketAddress(relay.config.socket().toString()))
                    .eventLoopGroup(relay.loops)
                    .channelType(EpollDomainSocketChannel.class)
                    .usePlaintext()
                    .build();
            var method = RawMethod.bidirectional("envoy.service.secret.v3.SecretDiscoveryService/StreamSecrets");
            var closed = new CompletableFuture<io.grpc.Status>();
            var call = channel.newCall(method, CallOptions.DEFAULT);

            call.start(
                    new ClientCall.Listener<>() {
                        @Override
                        public void onClose(io.grpc.Status status, Metadata trailers) {
                            closed.complete(status);
                        }
                    },
                    new Metadata());

            assertThat(closed.get(20, TimeUnit.SECONDS).getCode()).isEqualTo(io.grpc.Status.Code.UNIMPLEMENTED);
            channel.shutdownNow();
        }
    }

    @Test
    void closingEndsStreamsAndRemovesTheSocketAndMayBeRepeated() throws Exception {
        try (var relay = TestRelay.start(folder, controlPlane.address());
                var client = relay.client(Protocol.SOTW)) {
            relay.await("opened");

            relay.proxy.close();
            relay.proxy.close();

            client.closed().get(20, TimeUnit.SECONDS);
            assertThat(relay.config.socket()).doesNotExist();
        }
    }

    private static byte[] first(Protocol protocol, String typeUrl) {
        return protocol == Protocol.SOTW
                ? sotw(typeUrl).setNode(NODE).build().toByteArray()
                : delta(typeUrl).setNode(NODE).build().toByteArray();
    }

    /// Takes name tables, and refuses one that reads "bad".
    private static final class Table implements ResourceHandler {
        private final BlockingQueue<String> seen = new LinkedBlockingQueue<>();

        @Override
        public String typeUrl() {
            return NDS;
        }

        @Override
        public void accept(List<HandledResource> resources) throws RejectedResourceException {
            var text = new String(resources.getFirst().value(), UTF_8);
            seen.add(text);
            if (text.equals("bad")) {
                throw new RejectedResourceException("bad table");
            }
        }

        String next() throws InterruptedException {
            var text = seen.poll(20, TimeUnit.SECONDS);
            return text == null ? "nothing within 20 s" : text;
        }
    }
}
