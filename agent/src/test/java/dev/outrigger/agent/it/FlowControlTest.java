package dev.outrigger.agent.it;

import static dev.outrigger.agent.it.RelayClient.Reading.COUNTS;
import static dev.outrigger.agent.it.RelayClient.Reading.WHEN_TOLD;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import dev.outrigger.testkit.FakeControlPlane;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Whoever is slow holds its own other side back, through the agent's process and nobody else's stream, and
/// nothing piles up in between.
class FlowControlTest {
    private static final String EDS = "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment";
    private static final int LIMIT_SECONDS = 60;
    private static final int MESSAGE = 1 << 20;
    private static final long FLOOD = 300L << 20;

    private static final int SLOW = 8;
    private static final long MOST_GROWTH_MEGABYTES = 16;

    /// What the windows and buffers of two connections take in, in messages of 1 MiB.
    private static final long MOST_UNDER_WAY = 12;

    /// The window of a stream, the message that is passed on, one that is remembered, and what waits for the socket.
    private static final long MOST_OF_A_STREAM_MEGABYTES = 4 + 1 + 1 + 2;

    /// From -Xms10m to -Xmx64m.
    private static final long MOST_OF_THE_HEAP_MEGABYTES = 54;

    private static final long MOST_HELD_MEGABYTES =
            MOST_OF_THE_HEAP_MEGABYTES + (SLOW + 1) * MOST_OF_A_STREAM_MEGABYTES;

    @TempDir
    private Path folder;

    private FakeControlPlane controlPlane;
    private AgentProcess agent;
    private long residentAtFirst;

    @BeforeEach
    void start() throws IOException {
        controlPlane = FakeControlPlane.start();
        agent = AgentProcess.relay(folder, controlPlane.address(), "--xds-snapshot=on");
        agent.awaitReady();
        residentAtFirst = Processes.residentMegabytes(agent.pid());
    }

    @AfterEach
    void stop() {
        agent.close();
        controlPlane.close();
    }

    @Test
    void aClientThatDoesNotReadHoldsItsStreamBackAndNoOther() throws InterruptedException {
        var slow = new ArrayList<RelayClient>();
        for (int i = 0; i < SLOW; i++) {
            slow.add(RelayClient.ads(socket(), "sotw", WHEN_TOLD));
            slow.getLast().send(ask(""));
            controlPlane.await(EDS);
        }
        try (var fast = RelayClient.ads(socket(), "sotw", COUNTS)) {
            fast.send(ask(""));
            controlPlane.await(EDS);
            fast.answerEach(ask("n"));

            controlPlane.flood(push());
            long early = mostResidentUntil(fast, FLOOD / 2);
            long late = mostResidentUntil(fast, FLOOD);

            var held = IntStream.rangeClosed(1, SLOW)
                    .mapToObj(controlPlane::flooded)
                    .toList();
            System.out.println("flow control: " + (fast.bytes() >> 20) + " MiB passed; the agent occupied "
                    + residentAtFirst + " MiB at first, then at most " + early + " and " + late
                    + " MiB; pushes to those who do not read: " + held);
            assertThat(late - early).as("MiB that the second half took").isLessThan(MOST_GROWTH_MEGABYTES);
            assertThat(late - residentAtFirst).isLessThan(MOST_HELD_MEGABYTES);
            assertThat(held).allMatch(it -> it < MOST_UNDER_WAY);
            takesUp(slow.getFirst());
        } finally {
            slow.forEach(RelayClient::close);
        }
    }

    private long mostResidentUntil(RelayClient client, long bytes) {
        var resident = new ArrayList<Long>();
        Eventually.holds(
                LIMIT_SECONDS,
                () -> {
                    resident.add(Processes.residentMegabytes(agent.pid()));
                    return client.bytes() >= bytes;
                },
                () -> "the client that reads has " + (client.bytes() >> 20) + " MiB\n" + agent.tail());
        return Collections.max(resident);
    }

    /// One push at a time, more than were under way.
    private static void takesUp(RelayClient slow) throws InterruptedException {
        for (int i = 0; i < 2 * MOST_UNDER_WAY; i++) {
            slow.read();
            assertThat(slow.next()).hasSizeGreaterThan(MESSAGE);
        }
    }

    @Test
    void aControlPlaneThatDoesNotReadHoldsTheClientBack() throws InterruptedException {
        try (var client = RelayClient.ads(socket(), "sotw", COUNTS)) {
            client.send(ask(""));
            controlPlane.await(EDS);
            controlPlane.stopReading();
            var names = DiscoveryRequest.newBuilder().setTypeUrl(EDS);
            IntStream.range(0, 1_000)
                    .forEach(i -> names.addResourceNames("outbound|8080||service-" + i + ".test.svc.cluster.local"));
            var request = names.build().toByteArray();

            long sent = 0;
            while (client.isReady() && sent < FLOOD) {
                client.send(request);
                sent += request.length;
            }

            System.out.println("flow control: " + (sent >> 10) + " KiB of requests were taken by a deaf control plane");
            assertThat(sent).isLessThan(MOST_UNDER_WAY * MESSAGE);
        }
    }

    private static byte[] ask(String nonce) {
        return DiscoveryRequest.newBuilder()
                .setNode(Node.newBuilder().setId("n"))
                .setTypeUrl(EDS)
                .setResponseNonce(nonce)
                .build()
                .toByteArray();
    }

    private static byte[] push() {
        return DiscoveryResponse.newBuilder()
                .setTypeUrl(EDS)
                .setNonce("n")
                .addResources(Any.newBuilder().setValue(ByteString.copyFrom(new byte[MESSAGE])))
                .build()
                .toByteArray();
    }

    private Path socket() {
        return folder.resolve("xds.sock");
    }
}
