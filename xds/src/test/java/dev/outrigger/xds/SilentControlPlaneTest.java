package dev.outrigger.xds;

import static dev.outrigger.xds.Messages.CDS;
import static dev.outrigger.xds.Messages.EDS;
import static dev.outrigger.xds.Messages.NODE;
import static dev.outrigger.xds.Messages.ack;
import static dev.outrigger.xds.Messages.delta;
import static dev.outrigger.xds.Messages.deltaPush;
import static dev.outrigger.xds.Messages.sotw;
import static dev.outrigger.xds.Messages.sotwPush;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import dev.outrigger.h2.H2Client;
import dev.outrigger.testkit.FakeControlPlane;
import dev.outrigger.xds.Snapshot.Client;
import dev.outrigger.xds.Snapshot.KeptType;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Control planes that are there and say nothing, to a client that holds nothing and a relay that has a file.
class SilentControlPlaneTest {
    @TempDir
    Path folder;

    @Test
    void aDeltaClientIsServedAndToldWhatIsGoneOnceTheControlPlaneSpeaks() throws Exception {
        try (var controlPlane = FakeControlPlane.start()) {
            controlPlane.withhold(CDS);
            controlPlane.setResources(CDS, "9", Map.of("a", named("a")));
            keep(controlPlane.address());
            try (var relay = relay(controlPlane.address());
                    var client = relay.client(Protocol.DELTA)) {
                client.send(delta(CDS).setNode(NODE).build().toByteArray());
                var kept = deltaPush(client.next());
                assertThat(kept.getResourcesCount()).isEqualTo(2);
                client.send(ack(kept).build().toByteArray());
                client.send(delta(EDS, "a").build().toByteArray());
                client.send(ack(deltaPush(client.next())).build().toByteArray());
                relay.await("acked 1 " + EDS);
                assertThat(relay.condition.state().reason())
                        .contains("accepted a stream, and has not answered")
                        .contains("serving the last known good of ")
                        .contains(" old");
                assertThat(relay.registry
                                .get("outrigger.xds.snapshot.serving")
                                .gauge()
                                .value())
                        .isEqualTo(1);

                controlPlane.release(CDS);

                var again = controlPlane
                        .await(request -> request.typeUrl().equals(CDS) && request.stream() == 2)
                        .asDelta();
                assertThat(again.getInitialResourceVersionsMap()).isEqualTo(Map.of("a", "1", "b", "1"));
                var change = deltaPush(client.next());
                assertThat(change.getRemovedResourcesList()).containsExactly("b");
                client.send(ack(change).build().toByteArray());
                relay.await("acked 1 " + CDS);
                assertThat(client.closed()).isNotDone();
                assertThat(relay.proxy.lastKnownGood().orElseThrow().serving()).isFalse();
            }
        }
    }

    @Test
    void aStateOfTheWorldClientIsServedAndThenFollows() throws Exception {
        try (var controlPlane = FakeControlPlane.start()) {
            controlPlane.withhold(CDS);
            controlPlane.setResources(CDS, "9", Map.of("a", named("a")));
            keep(controlPlane.address());
            try (var relay = relay(controlPlane.address());
                    var client = relay.client(Protocol.SOTW)) {
                client.send(sotw(CDS).setNode(NODE).build().toByteArray());
                var kept = sotwPush(client.next());
                assertThat(kept.getResourcesCount()).isEqualTo(2);
                client.send(ack(kept).build().toByteArray());
                relay.await("acked 1 " + CDS);

                controlPlane.release(CDS);

                var push = sotwPush(client.next());
                assertThat(push.getVersionInfo()).isEqualTo("9");
                assertThat(push.getResourcesCount()).isEqualTo(1);
                client.send(ack(push).build().toByteArray());
                assertThat(controlPlane
                                .await(request -> !request.nonce().isEmpty())
                                .nonce())
                        .isEqualTo(push.getNonce());
                assertThat(controlPlane.opened()).isEqualTo(1);
            }
        }
    }

    @Test
    void aDialThatHangsIsNotWaitedFor() throws Exception {
        try (var hole = new BlackHole()) {
            keep(hole.address());
            try (var relay = relay(hole.address());
                    var client = relay.client(Protocol.DELTA)) {
                client.send(delta(CDS).setNode(NODE).build().toByteArray());

                assertThat(deltaPush(client.next()).getResourcesCount()).isEqualTo(2);
                // Not only once the dial, which takes a second to fail, has failed.
                relay.await("opened");
                assertThat(relay.events.peek()).startsWith("pushed");
            }
        }
    }

    private TestRelay relay(InetSocketAddress controlPlane) throws IOException {
        var config = TestRelay.config(folder, controlPlane);
        return TestRelay.start(
                TestRelay.keeping(config, folder.resolve("kept"), Duration.ofDays(1), Duration.ofMillis(100)),
                Optional::empty);
    }

    /// As an agent before this one left it: clusters `a` and `b`, endpoints of `a`.
    private void keep(InetSocketAddress controlPlane) throws IOException {
        var clusters = new KeptResources();
        clusters.put("a", "1", any(CDS, "a"));
        clusters.put("b", "1", any(CDS, "b"));
        var endpoints = new KeptResources();
        endpoints.put("a", "1", any(EDS, "a"));
        var types = new LinkedHashMap<String, KeptType>();
        types.put(CDS, new KeptType("1", null, clusters));
        types.put(EDS, new KeptType("1", null, endpoints));
        new SnapshotFile(folder.resolve("kept"))
                .write(new Snapshot(
                        NODE.getId(),
                        List.of(H2Client.Target.authority(controlPlane)),
                        Instant.now().minusSeconds(5),
                        Map.of(new Client(NODE.getId(), ""), types)));
    }

    private static byte[] any(String typeUrl, String name) {
        return Any.newBuilder()
                .setTypeUrl(typeUrl)
                .setValue(ByteString.copyFrom(named(name)))
                .build()
                .toByteArray();
    }

    private static byte[] named(String name) {
        return new Writer().string(1, name).toBytes();
    }

    /// An address that answers no connection attempt, neither with yes nor with no: its queue is full.
    private static final class BlackHole implements AutoCloseable {
        private final ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        private final List<SocketChannel> queued = new ArrayList<>();

        BlackHole() throws IOException {
            for (int i = 0; i < 4; i++) {
                var channel = SocketChannel.open();
                channel.configureBlocking(false);
                channel.connect(address());
                queued.add(channel);
            }
        }

        InetSocketAddress address() {
            return new InetSocketAddress(InetAddress.getLoopbackAddress(), socket.getLocalPort());
        }

        @Override
        public void close() throws IOException {
            for (var channel : queued) {
                channel.close();
            }
            socket.close();
        }
    }
}
