package dev.outrigger.xds;

import static dev.outrigger.xds.Messages.CDS;
import static dev.outrigger.xds.Messages.NODE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrigger.proto.rpc.Status;
import dev.outrigger.testkit.FakeControlPlane;
import dev.outrigger.xds.XdsPush.Answer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Pushes that the client has before the relay has read them.
class LargePushTest {
    /// The version of what the client may hold, as it refused a push of it.
    private static final String UNKNOWN = "?";

    private static final int RESOURCES = 1_500;

    @TempDir
    Path folder;

    private FakeControlPlane controlPlane;
    private final Map<String, byte[]> resources = new LinkedHashMap<>();
    /// What the client accepted.
    private final Map<String, String> accepted = new HashMap<>();

    @BeforeEach
    void serve() throws Exception {
        controlPlane = FakeControlPlane.start();
    }

    @AfterEach
    void stop() {
        controlPlane.close();
    }

    /// Whether an answer comes before the push is read or after it is a matter of milliseconds; both happen here.
    @ParameterizedTest(name = "seed {0}")
    @CsvSource({"1", "2", "3"})
    void eachIsAnsweredOnceAsTheClientDidAndTheControlPlaneHearsWhatIsHeld(long seed) throws Exception {
        var random = new Random(seed);
        try (var relay = TestRelay.start(folder, controlPlane.address());
                var client = relay.client(Protocol.DELTA)) {
            client.send(Messages.delta(CDS).setNode(NODE).build().toByteArray());
            controlPlane.await(CDS);
            for (int version = 1; version <= 12; version++) {
                controlPlane.setResources(CDS, "v" + version, change(random));
                var push = Messages.deltaPush(client.next());
                var ack = Messages.ack(push);
                boolean refused = version > 1 && random.nextInt(4) == 0;
                if (refused) {
                    ack.setErrorDetail(Status.newBuilder().setCode(3).setMessage("not this one"));
                    push.getResourcesList().forEach(it -> accepted.put(it.getName(), UNKNOWN));
                    push.getRemovedResourcesList().forEach(it -> accepted.put(it, UNKNOWN));
                } else {
                    push.getResourcesList().forEach(it -> accepted.put(it.getName(), it.getVersion()));
                    push.getRemovedResourcesList().forEach(accepted::remove);
                }
                if (random.nextBoolean()) {
                    relay.await("pushed 1 " + CDS + " " + push.getSystemVersionInfo()); // it is read by now
                }
                var answer = Messages.withUnknownFields(ack.build().toByteArray(), random);
                client.send(answer);

                assertThat(controlPlane.await(CDS).raw()).isEqualTo(answer);
                relay.await(refused ? "nacked" : "acked");
                var last = relay.proxy.history().pushes().getLast();
                assertThat(last.answer()).isEqualTo(refused ? Answer.NACK : Answer.ACK);
                assertThat(last.took()).hasValueSatisfying(it -> assertThat(it).isPositive());
            }
            controlPlane.stop();
            relay.await("disconnected");
            controlPlane.restart();

            var again = controlPlane.await(CDS).asDelta();
            assertThat(again.getInitialResourceVersionsMap()).isEqualTo(accepted);
            assertThat(client.closed()).isNotDone();
        }
    }

    @Test
    void theStateOfTheWorldIsAnsweredOnceToo() throws Exception {
        var random = new Random(1);
        try (var relay = TestRelay.start(folder, controlPlane.address());
                var client = relay.client(Protocol.SOTW)) {
            client.send(Messages.sotw(CDS).setNode(NODE).build().toByteArray());
            controlPlane.await(CDS);
            for (int version = 1; version <= 6; version++) {
                controlPlane.setResources(CDS, "v" + version, change(random));
                var push = Messages.sotwPush(client.next());
                var answer =
                        Messages.withUnknownFields(Messages.ack(push).build().toByteArray(), random);
                client.send(answer);

                assertThat(controlPlane.await(CDS).raw()).isEqualTo(answer);
                relay.await("acked");
            }
            controlPlane.stop();
            relay.await("disconnected");
            controlPlane.restart();

            assertThat(controlPlane.await(CDS).asSotw().getVersionInfo()).isEqualTo("v6");
        }
    }

    private Map<String, byte[]> change(Random random) {
        for (int i = 0; i < RESOURCES; i++) {
            var name = "cluster-" + i;
            if (random.nextInt(20) == 0) {
                resources.remove(name);
            } else {
                var value = new byte[500 + random.nextInt(500)];
                random.nextBytes(value);
                resources.put(name, value);
            }
        }
        return Map.copyOf(resources);
    }
}
