package dev.outrigger.agent.it;

import static dev.outrigger.agent.it.RelayClient.Reading.KEEPS;
import static dev.outrigger.agent.it.RelayClient.Reading.WHEN_TOLD;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrigger.dev.ResourceType;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Whatever other clients of the discovery socket do, Envoy's stream and those of the well-behaved go on.
class RudeClientsTest {
    private static final int RUDE_ACTS = 150;

    @TempDir
    private Path folder;

    private Random random;

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1})
    void noClientEndsTheStreamOfAnother(long seed) throws IOException, InterruptedException {
        random = new Random(seed);
        try (var mesh = Mesh.start(folder);
                var agent = mesh.agent()) {
            agent.awaitReady();
            var envoy = streams(agent).getFirst();
            try (var polite = RelayClient.ads(socket(), "sotw", KEEPS);
                    var traffic = Traffic.start(mesh.outbound(), "/", 2)) {
                polite.send(ask(""));
                assertThat(route(polite)).contains("Hello from the control plane.");
                for (int i = 1; i <= RUDE_ACTS; i++) {
                    actRudely();
                    if (i % 50 == 0) {
                        var text = "after act " + i;
                        mesh.greet(text);
                        agent.await("serving " + text, () -> mesh.greeting().equals(text));
                        polite.send(ask("any"));
                        assertThat(route(polite)).contains(text);
                    }
                }
                traffic.await(2);
                traffic.stop();
                assertThat(traffic.failures()).isEmpty();
                assertThat(polite.closed()).isNotDone();
            }
            agent.await("left with Envoy's stream", () -> streams(agent).equals(List.of(envoy)));
            assertThat(agent.log()).doesNotContain("please report", "upstream stream ended stream=" + envoy + " ");
        }
    }

    private void actRudely() throws InterruptedException {
        boolean reads = random.nextBoolean();
        var protocol = random.nextBoolean() ? "delta" : "sotw";
        try (var rude = RelayClient.ads(socket(), protocol, reads ? KEEPS : WHEN_TOLD)) {
            if (random.nextInt(4) > 0) {
                rude.send(protocol.equals("sotw") ? ask("") : askDelta());
            }
            if (reads && random.nextBoolean()) {
                rude.send(ask("a nonce of its own"));
            }
            switch (random.nextInt(4)) {
                case 0 -> rude.cancel();
                case 1 -> rude.halfClose();
                case 2 -> {
                    var garbage = new byte[1 + random.nextInt(100)];
                    random.nextBytes(garbage);
                    garbage[0] = -1;
                    rude.send(garbage);
                    assertThat(end(rude)).isEqualTo(Status.Code.INVALID_ARGUMENT);
                }
                default -> {} // its connection ends
            }
        }
    }

    @Test
    void onlyTheTwoMethodsOfTheServiceAreServedSpelledAsTheyAre() throws IOException, InterruptedException {
        try (var mesh = Mesh.start(folder);
                var agent = mesh.agent()) {
            agent.awaitReady();
            for (var method : List.of(
                    "envoy.service.discovery.v3.AggregatedDiscoveryService/StreamRoutes",
                    "envoy.service.route.v3.RouteDiscoveryService/StreamRoutes",
                    "envoy.service.route.v3.RouteDiscoveryService/FetchRoutes",
                    "envoy.service.discovery.v3.AggregatedDiscoveryService/FetchDiscovery",
                    "envoy.service.discovery.v3.AggregatedDiscoveryService/streamAggregatedResources",
                    "envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResourcesX",
                    "envoy.service.discovery.v3.aggregateddiscoveryservice/StreamAggregatedResources",
                    "envoy.service.discovery.v2.AggregatedDiscoveryService/StreamAggregatedResources",
                    "envoy.api.v2.AggregatedDiscoveryService/StreamAggregatedResources",
                    "grpc.reflection.v1.ServerReflection/ServerReflectionInfo")) {
                try (var client = RelayClient.open(socket(), method, KEEPS)) {
                    assertThat(end(client)).as(method).isEqualTo(Status.Code.UNIMPLEMENTED);
                }
            }
            assertThat(streams(agent)).hasSize(1);
        }
    }

    private static Status.Code end(RelayClient client) {
        return client.closed().orTimeout(20, TimeUnit.SECONDS).join().getCode();
    }

    private static String route(RelayClient client) throws IOException, InterruptedException {
        return DiscoveryResponse.parseFrom(client.next()).toString();
    }

    private static byte[] ask(String nonce) {
        return DiscoveryRequest.newBuilder()
                .setNode(Node.newBuilder().setId("other"))
                .setTypeUrl(ResourceType.ROUTES.typeUrl())
                .addResourceNames("hello")
                .setResponseNonce(nonce)
                .build()
                .toByteArray();
    }

    private static byte[] askDelta() {
        return DeltaDiscoveryRequest.newBuilder()
                .setNode(Node.newBuilder().setId("other"))
                .setTypeUrl(ResourceType.CLUSTERS.typeUrl())
                .build()
                .toByteArray();
    }

    /// Numbers of the streams that are open.
    private static List<String> streams(AgentProcess agent) {
        var numbers = new ArrayList<String>();
        var match = java.util.regex.Pattern.compile("id=(\\d+)").matcher(agent.status("xds", "streams"));
        while (match.find()) {
            numbers.add(match.group(1));
        }
        return numbers;
    }

    private Path socket() {
        return folder.resolve("xds.sock");
    }
}
