package dev.outrigger.xds;

import static dev.outrigger.xds.Messages.CDS;
import static dev.outrigger.xds.Messages.EDS;
import static dev.outrigger.xds.Messages.LDS;
import static dev.outrigger.xds.Messages.NDS;
import static dev.outrigger.xds.Messages.NODE;
import static dev.outrigger.xds.Messages.ack;
import static dev.outrigger.xds.Messages.delta;
import static dev.outrigger.xds.Messages.deltaPush;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrigger.proto.rpc.Status;
import dev.outrigger.testkit.FakeControlPlane;
import dev.outrigger.xds.XdsPush.Answer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the relay tells of its past, over real sockets.
class XdsHistoryTest {
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

    @Test
    void pushesAnswersAndWhatIsHeldAreTold() throws Exception {
        controlPlane.setResources(CDS, "1", Map.of("a", "A".getBytes(UTF_8), "b", "B".getBytes(UTF_8)));
        try (var relay = TestRelay.start(folder, controlPlane.address());
                var client = relay.client(Protocol.DELTA)) {
            client.send(delta(CDS).setNode(NODE).build().toByteArray());
            client.send(ack(deltaPush(client.next())).build().toByteArray());
            relay.await("acked");

            controlPlane.setResources(CDS, "2", Map.of("a", "A2".getBytes(UTF_8)));
            var refused = ack(deltaPush(client.next()))
                    .setErrorDetail(Status.newBuilder().setCode(13).setMessage("a: no"));
            client.send(refused.build().toByteArray());
            relay.await("nacked");

            var history = relay.proxy.history();
            assertThat(history.pushes()).extracting(XdsPush::answer).containsExactly(Answer.ACK, Answer.NACK);
            var last = history.pushes().getLast();
            assertThat(last.changed().names()).containsExactly("a");
            assertThat(last.removed().names()).containsExactly("b");
            assertThat(last.reason()).isEqualTo("a: no");
            assertThat(last.touches("b")).isTrue();
            var stream = history.streams().getFirst();
            assertThat(stream.node()).isEqualTo(NODE.getId());
            assertThat(stream.types().getFirst().wildcard()).isTrue();
            assertThat(stream.types().getFirst().held())
                    .extracting(it -> it.name() + " " + it.version() + " " + it.changedBy())
                    .containsExactly("a 1 1", "b 1 1");
        }
    }

    @Test
    void thePushesThatTheAgentTakesAreTold() throws Exception {
        controlPlane.setResources(NDS, "t1", Map.of("", "good".getBytes(UTF_8)));
        ResourceHandler refusing = new ResourceHandler() {
            @Override
            public String typeUrl() {
                return NDS;
            }

            @Override
            public void accept(List<HandledResource> resources) throws RejectedResourceException {
                throw new RejectedResourceException("not today");
            }
        };
        try (var relay = TestRelay.start(folder, controlPlane.address(), refusing);
                var client = relay.client(Protocol.SOTW)) {
            client.send(Messages.sotw(LDS).setNode(NODE).build().toByteArray());
            relay.await("nacked");

            var push = relay.proxy.history().pushes().getLast();
            assertThat(push.typeUrl()).isEqualTo(NDS);
            assertThat(push.answer()).isEqualTo(Answer.NACK);
            assertThat(push.reason()).isEqualTo("not today");
        }
    }

    @Test
    void aSilentControlPlaneIsATroubleUntilItAnswers() throws Exception {
        controlPlane.setResources(EDS, "1", Map.of("a", "A".getBytes(UTF_8)));
        controlPlane.withhold(EDS);
        var config = TestRelay.warning(TestRelay.config(folder, controlPlane.address()), Duration.ofMillis(200));
        try (var relay = TestRelay.start(config, Optional::empty);
                var client = relay.client(Protocol.DELTA)) {
            client.send(delta(EDS, "a").setNode(NODE).build().toByteArray());
            relay.awaitTroubles(1);
            assertThat(relay.proxy.status().troubles())
                    .extracting(XdsTrouble::kind)
                    .containsExactly(XdsTrouble.Kind.SILENCE);

            controlPlane.release(EDS);
            client.send(ack(deltaPush(client.next())).build().toByteArray());

            relay.awaitTroubles(0);
        }
    }
}
