package dev.outrigger.agent.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import dev.outrigger.agent.http.LocalHttp;
import dev.outrigger.dev.ResourceType;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A control plane that does what none should: each time the reason is told, Envoy keeps what it has, no request
/// is lost, and the next good push arrives.
class HostileControlPlaneTest {
    private static final String SECRET = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret";
    private static final byte[] NOT_PROTOBUF = {(byte) 0xff, (byte) 0xff, 7};
    private static final byte[] ENDLESS_VARINT = {
        (1 << 3) | 2, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 1
    };
    private static final byte[] LENGTH_BEYOND_THE_END = {(1 << 3) | 2, 100, 'v'};
    private static final byte[] COMPRESSED_UNASKED = {1, 0, 0, 0, 1, 0};
    private static final byte[] FOUR_GIGABYTES = {0, -1, -1, -1, -1, 0};

    @TempDir
    private Path folder;

    private String mode;
    private Mesh mesh;
    private HostileGateway gateway;
    private AgentProcess agent;
    private Traffic traffic;
    private int attacks;

    @ParameterizedTest
    @ValueSource(strings = {"delta", "sotw"})
    void theLastGoodConfigurationStaysAndTheReasonIsTold(String chosen) throws IOException, InterruptedException {
        mode = chosen;
        mesh = Mesh.start(folder);
        try (var opened = mesh;
                var before = HostileGateway.before(mesh.controlPlaneAddress());
                var started = opened.agent(
                        "--xds-mode=" + mode, "--control-plane=" + LocalHttp.authority(before.address()))) {
            gateway = before;
            agent = started;
            agent.awaitReady();
            try (var flow = Traffic.start(mesh.outbound(), "/", 2)) {
                traffic = flow;
                traffic.await(2);
                attackAll();
                traffic.stop();
                assertThat(traffic.failures()).isEmpty();
            }
        }
    }

    private void attackAll() throws IOException {
        ends("unreadable discovery response", () -> gateway.message(NOT_PROTOBUF));
        ends("unreadable discovery response", () -> gateway.message(ENDLESS_VARINT));
        ends("unreadable discovery response", () -> gateway.message(LENGTH_BEYOND_THE_END));
        ends("unreadable discovery response: it has no type_url", () -> gateway.message(new byte[0]));
        ends("INTERNAL", () -> gateway.data(COMPRESSED_UNASKED));
        ends("INTERNAL: a message claims to have more than 2 GiB", () -> gateway.data(FOUR_GIGABYTES));
        ends("INTERNAL", gateway::truncate);
        ends("ENHANCE_YOUR_CALM", gateway::reset);
        ends("ENHANCE_YOUR_CALM", () -> gateway.breakOff(largePush()));
        tellsOf("GOAWAY NO_ERROR", gateway::goAway); // which is no error
        ends("PERMISSION_DENIED: not you", gateway::refuse);
        ends("Header size exceeded", gateway::hugeHeaders);
        refused("no client has asked for this type", () -> gateway.message(push(SECRET, "s", SECRET, "unasked")));
        refused(
                "does not match",
                () -> gateway.message(
                        push(ResourceType.ROUTES.typeUrl(), "hello", ResourceType.CLUSTERS.typeUrl(), "mixed")));
        refused(
                "Unable to unpack",
                () -> gateway.message(
                        push(ResourceType.CLUSTERS.typeUrl(), "c", ResourceType.CLUSTERS.typeUrl(), "broken")));
    }

    /// The stream ends, which is told and shown, and is opened again.
    private void ends(String reason, Runnable attack) throws IOException {
        tellsOf(reason, attack);
        assertThat(agent.status("xds", "last_error")).contains(reason);
    }

    private void tellsOf(String reason, Runnable attack) throws IOException {
        attack(
                attack,
                () -> agent.await(
                        "telling of " + reason,
                        () -> agent.log()
                                .lines()
                                .skip(linesBefore)
                                .anyMatch(it -> it.contains("stream ended") && it.contains(reason))));
    }

    /// The push is refused, which is told.
    private void refused(String reason, Runnable attack) throws IOException {
        attack(
                attack,
                () -> agent.await(
                        "telling of the refusal",
                        () -> agent.log()
                                .lines()
                                .skip(linesBefore)
                                .anyMatch(it -> it.contains("push refused") && it.contains(reason))));
    }

    private long linesBefore;

    private void attack(Runnable attack, Runnable evidence) throws IOException {
        mesh.greet("before attack " + ++attacks);
        agent.await("serving", () -> mesh.greeting().equals("before attack " + attacks));
        var held = EnvoyDump.of(mesh.envoy("/config_dump?include_eds").body());
        linesBefore = agent.log().lines().count();

        attack.run();
        evidence.run();

        assertThat(EnvoyDump.of(mesh.envoy("/config_dump?include_eds").body())).isEqualTo(held);
        traffic.await(2);
        gateway.relent();
        mesh.greet("after attack " + attacks);
        agent.await("serving after attack " + attacks, () -> mesh.greeting().equals("after attack " + attacks));
        assertThat(traffic.failures()).isEmpty();
    }

    /// Of clusters: one that is passed on while it comes in.
    private byte[] largePush() {
        var bytes = new ByteArrayOutputStream();
        while (bytes.size() < 1 << 18) {
            var one = push(ResourceType.CLUSTERS.typeUrl(), "c" + bytes.size(), ResourceType.CLUSTERS.typeUrl(), "n");
            bytes.write(one, 0, one.length);
        }
        return bytes.toByteArray();
    }

    private byte[] push(String typeUrl, String name, String typeOfResource, String nonce) {
        var any = Any.newBuilder()
                .setTypeUrl(typeOfResource)
                .setValue(ByteString.copyFrom(LENGTH_BEYOND_THE_END))
                .build();
        return mode.equals("sotw")
                ? DiscoveryResponse.newBuilder()
                        .setVersionInfo("v" + nonce)
                        .setTypeUrl(typeUrl)
                        .setNonce(nonce)
                        .addResources(any)
                        .build()
                        .toByteArray()
                : DeltaDiscoveryResponse.newBuilder()
                        .setTypeUrl(typeUrl)
                        .setNonce(nonce)
                        .addResources(Resource.newBuilder()
                                .setName(name)
                                .setVersion("v" + nonce)
                                .setResource(any))
                        .build()
                        .toByteArray();
    }
}
