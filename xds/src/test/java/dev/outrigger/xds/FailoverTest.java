package dev.outrigger.xds;

import static dev.outrigger.xds.Messages.CDS;
import static dev.outrigger.xds.Messages.NODE;
import static dev.outrigger.xds.Messages.ack;
import static dev.outrigger.xds.Messages.delta;
import static dev.outrigger.xds.Messages.deltaPush;
import static dev.outrigger.xds.Messages.sotw;
import static dev.outrigger.xds.Messages.sotwPush;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrigger.testkit.FakeControlPlane;
import io.grpc.Status;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Two control planes, in order.
class FailoverTest {
    @TempDir
    Path folder;

    private FakeControlPlane first;
    private FakeControlPlane second;

    @BeforeEach
    void serve() throws Exception {
        first = FakeControlPlane.start();
        second = FakeControlPlane.start();
        first.setResources(CDS, "1", Map.of("a", "A".getBytes(UTF_8)));
        second.setResources(CDS, "2", Map.of("a", "A".getBytes(UTF_8), "b", "B".getBytes(UTF_8)));
    }

    @AfterEach
    void stop() {
        first.close();
        second.close();
    }

    @Test
    void theFirstIsReturnedToOnceItIsBackAndTheClientKeepsItsStream() throws Exception {
        first.stop();
        try (var relay = relay();
                var client = relay.client(Protocol.DELTA)) {
            client.send(delta(CDS).setNode(NODE).build().toByteArray());
            var push = deltaPush(client.next());
            assertThat(push.getResourcesCount()).isEqualTo(2);
            client.send(ack(push).build().toByteArray());
            relay.await("acked 1 " + CDS);

            first.restart();

            var again = first.await(CDS).asDelta();
            assertThat(again.getInitialResourceVersionsMap()).isEqualTo(Map.of("a", "2", "b", "2"));
            assertThat(again.getNode()).isEqualTo(NODE);
            assertThat(deltaPush(client.next()).getRemovedResourcesList()).containsExactly("b");
            relay.await("pushed 1 " + CDS);
            assertThat(client.closed()).isNotDone();
            assertThat(relay.proxy.status().connected()).isTrue();
            assertThat(relay.proxy.status().controlPlane())
                    .endsWith(":" + first.address().getPort());
            while (second.open() > 0) {
                Thread.onSpinWait();
            }
        }
    }

    @Test
    void oneThatTakesConnectionsAndRefusesStreamsIsLeftForTheNext() throws Exception {
        first.fail(Status.UNAVAILABLE.withDescription("starting"));
        try (var relay = relay();
                var client = relay.client(Protocol.SOTW)) {
            client.send(sotw(CDS).setNode(NODE).build().toByteArray());

            assertThat(sotwPush(client.next()).getVersionInfo()).isEqualTo("2");
            assertThat(first.opened()).isEqualTo(3);

            first.recover();
            assertThat(sotwPush(client.next()).getVersionInfo()).isEqualTo("1");
            assertThat(client.closed()).isNotDone();
        }
    }

    @Test
    void aControlPlaneThatIsBackAfterManyDialsIsResubscribedWithinOnePause() throws Exception {
        second.stop();
        try (var relay = relay();
                var client = relay.client(Protocol.SOTW)) {
            client.send(sotw(CDS).setNode(NODE).build().toByteArray());
            client.send(ack(sotwPush(client.next())).build().toByteArray());
            first.await(request -> !request.nonce().isEmpty());
            first.stop();
            for (int dials = 0; dials < 40; dials++) {
                relay.await("disconnected");
            }

            long stopped = System.nanoTime();
            first.restart();
            var again = first.await(CDS);

            assertThat(again.asSotw().getVersionInfo()).isEqualTo("1");
            // The cap is 100 ms here; the rest is the machine's.
            assertThat(Duration.ofNanos(System.nanoTime() - stopped)).isLessThan(Duration.ofSeconds(1));
        }
    }

    private TestRelay relay() throws Exception {
        return TestRelay.start(TestRelay.config(folder, first.address(), second.address()), Optional::empty);
    }
}
