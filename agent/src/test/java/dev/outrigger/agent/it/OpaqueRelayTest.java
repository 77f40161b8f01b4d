package dev.outrigger.agent.it;

import static dev.outrigger.agent.it.RelayClient.Reading.KEEPS;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.Message;
import com.google.protobuf.UnknownFieldSet;
import dev.outrigger.testkit.FakeControlPlane;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Messages come out of the agent's process as they went in, whatever is in them.
class OpaqueRelayTest {
    private static final int MESSAGES = 150;
    private static final List<String> TYPES = List.of(
            "type.googleapis.com/envoy.config.cluster.v3.Cluster",
            "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment",
            "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig",
            "type.googleapis.com/acme.unheard.of.v1.Thing");

    @TempDir
    private Path folder;

    private Random random;
    private boolean delta;
    private final Set<String> asked = new HashSet<>();
    private int nonces;

    @ParameterizedTest(name = "{0} seed {1}")
    @CsvSource({"delta,1", "sotw,2"})
    void bytesInAreBytesOut(String protocol, long seed) throws IOException, InterruptedException {
        random = new Random(seed);
        try (var controlPlane = FakeControlPlane.start();
                var agent = AgentProcess.relay(folder, controlPlane.address(), "--xds-snapshot=on")) {
            agent.awaitReady();
            try (var client = RelayClient.ads(folder.resolve("xds.sock"), protocol, KEEPS)) {
                delta = protocol.equals("delta");
                exchange(client, controlPlane);
            }
        }
    }

    private void exchange(RelayClient client, FakeControlPlane controlPlane) throws InterruptedException {
        var nonce = "";
        for (int i = 0; i < MESSAGES; i++) {
            var type = TYPES.get(random.nextInt(TYPES.size()));
            var request = request(type, nonce, i == 0).toByteArray();
            client.send(request);
            assertThat(controlPlane.await(_ -> true).raw()).isEqualTo(request);
            asked.add(type);

            nonce = "nonce-" + ++nonces;
            var push = push(List.copyOf(asked).get(random.nextInt(asked.size())), nonce)
                    .toByteArray();
            controlPlane.pushRaw(push);
            assertThat(client.next()).isEqualTo(push);
        }
    }

    private Message request(String type, String nonce, boolean first) {
        boolean answers = random.nextBoolean();
        if (delta) {
            var request = DeltaDiscoveryRequest.newBuilder()
                    .setTypeUrl(type)
                    .setResponseNonce(answers ? nonce : "")
                    .addAllResourceNamesSubscribe(names())
                    .addAllResourceNamesUnsubscribe(names())
                    .setUnknownFields(unknown());
            if (first || random.nextInt(4) == 0) {
                request.setNode(Node.newBuilder().setId("n").setUnknownFields(unknown()));
            }
            if (!asked.contains(type)) {
                names().forEach(name -> request.putInitialResourceVersions(name, version()));
            }
            if (answers && random.nextInt(4) == 0) {
                request.getErrorDetailBuilder().setCode(3).setMessage("no").setUnknownFields(unknown());
            }
            return request.build();
        }
        var request = DiscoveryRequest.newBuilder()
                .setTypeUrl(type)
                .setVersionInfo(version())
                .setResponseNonce(answers ? nonce : "")
                .addAllResourceNames(names())
                .setUnknownFields(unknown());
        if (first || random.nextInt(4) == 0) {
            request.setNode(Node.newBuilder().setId("n").setUnknownFields(unknown()));
        }
        return request.build();
    }

    private Message push(String type, String nonce) {
        int count = random.nextInt(4); // none, too: an empty delta is a heartbeat
        if (delta) {
            var push = DeltaDiscoveryResponse.newBuilder()
                    .setTypeUrl(type)
                    .setNonce(nonce)
                    .setSystemVersionInfo(version())
                    .addAllRemovedResources(names())
                    .setUnknownFields(unknown());
            for (int i = 0; i < count; i++) {
                push.addResources(resource(type));
            }
            return push.build();
        }
        var push = DiscoveryResponse.newBuilder()
                .setTypeUrl(type)
                .setNonce(nonce)
                .setVersionInfo(version())
                .setCanary(random.nextBoolean())
                .setUnknownFields(unknown());
        for (int i = 0; i < count; i++) {
            push.addResources(random.nextBoolean() ? any(type) : Any.pack(resource(type)));
        }
        return push.build();
    }

    private Resource resource(String type) {
        var resource = Resource.newBuilder()
                .setName(name())
                .setVersion(version())
                .addAllAliases(names())
                .setUnknownFields(unknown());
        if (random.nextInt(4) > 0) {
            resource.setResource(any(type)); // without it, the TTL of what the client has is renewed
        }
        if (random.nextBoolean()) {
            resource.setTtl(
                    Duration.newBuilder().setSeconds(random.nextInt(100)).setNanos(random.nextInt(1_000)));
        }
        if (random.nextBoolean()) {
            resource.getCacheControlBuilder().setDoNotCache(random.nextBoolean());
        }
        return resource.build();
    }

    /// Not what the type says, which is nobody's business here.
    private Any any(String type) {
        var value = new byte[random.nextInt(2_000)];
        random.nextBytes(value);
        return Any.newBuilder()
                .setTypeUrl(type)
                .setValue(ByteString.copyFrom(value))
                .build();
    }

    private List<String> names() {
        var names = new ArrayList<String>();
        int count = random.nextInt(4);
        for (int i = 0; i < count; i++) {
            names.add(name());
        }
        return names;
    }

    private String name() {
        return switch (random.nextInt(4)) {
            case 0 -> "*";
            case 1 ->
                "xdstp://authority.test/envoy.config.cluster.v3.Cluster/" + random.nextInt(20) + "?a=b&xds=\u00e9#c";
            case 2 -> "";
            default -> "outbound|80||" + random.nextInt(20) + ".test";
        };
    }

    private String version() {
        return random.nextBoolean() ? "" : "v" + random.nextInt(1_000);
    }

    private UnknownFieldSet unknown() {
        var fields = UnknownFieldSet.newBuilder();
        int count = random.nextInt(3);
        for (int i = 0; i < count; i++) {
            var bytes = new byte[random.nextInt(50)];
            random.nextBytes(bytes);
            fields.mergeField(
                    1_000 + random.nextInt(10_000),
                    UnknownFieldSet.Field.newBuilder()
                            .addLengthDelimited(ByteString.copyFrom(bytes))
                            .addVarint(random.nextLong())
                            .addFixed32(random.nextInt())
                            .addFixed64(random.nextLong())
                            .addGroup(UnknownFieldSet.newBuilder()
                                    .mergeVarintField(1, random.nextInt(100))
                                    .build())
                            .build());
        }
        return fields.build();
    }
}
