package dev.outrigger.dev;

import static dev.outrigger.dev.ResourceType.CLUSTERS;
import static dev.outrigger.dev.ResourceType.ENDPOINTS;
import static dev.outrigger.dev.ResourceType.LISTENERS;
import static dev.outrigger.dev.ResourceType.NAMES;
import static dev.outrigger.dev.ResourceType.ROUTES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.outrigger.proto.discovery.DeltaDiscoveryRequest;
import dev.outrigger.proto.discovery.DiscoveryRequest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ControlPlaneTest {
    private static final InetSocketAddress ANY_PORT = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    private static final DevFile ONE = DevFiles.of(Map.of(
            CLUSTERS, Map.of("a", 1),
            ENDPOINTS, Map.of("a", 1),
            LISTENERS, Map.of("l", 1),
            ROUTES, Map.of("r", 1),
            NAMES, Map.of("names", 1)));

    private final Heard heard = new Heard();
    private ControlPlane controlPlane;

    @BeforeEach
    void start() throws IOException {
        controlPlane = ControlPlane.start(ANY_PORT, ONE, heard, InstantSource.system());
    }

    @AfterEach
    void stop() {
        controlPlane.close();
    }

    @Test
    void aClientIsHeardFromItsFirstRequestToItsEnd() throws Exception {
        try (var client = new DeltaClient(controlPlane.address())) {
            client.begin(CLUSTERS);
            client.awaitHeld(CLUSTERS, ONE.resources(CLUSTERS));
            heard.await("acked clusters v1");
        }

        heard.await("closed test");
        assertThat(heard.lines())
                .containsExactly("opened test", "pushed clusters v1 +[a] ~[] -[]", "acked clusters v1", "closed test");
    }

    @Test
    void aRefusedPushIsHeardWithItsReason() throws Exception {
        try (var client = new DeltaClient(controlPlane.address())) {
            client.refuseNext("no thanks");
            client.begin(LISTENERS);

            heard.await("nacked listeners v1 no thanks");
        }
    }

    @Test
    void onlyWhatChangedIsPushed() throws Exception {
        try (var delta = new DeltaClient(controlPlane.address());
                var sotw = new SotwClient(controlPlane.address())) {
            for (var type : List.of(CLUSTERS, LISTENERS)) {
                delta.begin(type);
                delta.awaitHeld(type, ONE.resources(type));
                sotw.want(type, List.of());
                sotw.awaitHeld(type, ONE.resources(type));
            }
            delta.takePushes();
            sotw.takePushes();
            var next = DevFiles.of(Map.of(CLUSTERS, Map.of("a", 1), LISTENERS, Map.of("l", 1, "m", 1)));

            controlPlane.publish(ONE);
            controlPlane.publish(next);
            delta.awaitHeld(LISTENERS, next.resources(LISTENERS));
            sotw.awaitHeld(LISTENERS, next.resources(LISTENERS));

            assertThat(delta.takePushes()).containsExactly(push(LISTENERS, "2", List.of("m"), List.of()));
            assertThat(sotw.takePushes()).containsExactly(push(LISTENERS, "2", List.of("l", "m"), List.of()));
        }
    }

    @Test
    void aNewClusterComesBeforeTheRouteToItAndAnOldOneGoesAfter() throws Exception {
        try (var delta = new DeltaClient(controlPlane.address());
                var sotw = new SotwClient(controlPlane.address())) {
            delta.begin(CLUSTERS);
            delta.begin(ROUTES, "r");
            sotw.want(CLUSTERS, List.of());
            sotw.want(ROUTES, List.of("r"));
            for (var client : List.of(delta, sotw)) {
                client.awaitHeld(CLUSTERS, ONE.resources(CLUSTERS));
                client.awaitHeld(ROUTES, ONE.resources(ROUTES));
                client.takePushes();
            }
            var next = DevFiles.of(Map.of(CLUSTERS, Map.of("b", 1), ROUTES, Map.of("r", 2)));

            controlPlane.publish(next);
            delta.awaitHeld(CLUSTERS, next.resources(CLUSTERS));
            sotw.awaitHeld(CLUSTERS, next.resources(CLUSTERS));

            assertThat(delta.takePushes())
                    .containsExactly(
                            push(CLUSTERS, "2", List.of("b"), List.of()),
                            push(ROUTES, "2", List.of("r"), List.of()),
                            push(CLUSTERS, "3", List.of(), List.of("a")));
            assertThat(sotw.takePushes())
                    .containsExactly(
                            push(CLUSTERS, "2", List.of("a", "b"), List.of()),
                            push(ROUTES, "2", List.of("r"), List.of()),
                            push(CLUSTERS, "3", List.of("b"), List.of()));
        }
    }

    @Test
    void aReconnectBringsOnlyTheDifferenceEvenFromANewControlPlane() throws Exception {
        var first = DevFiles.of(Map.of(CLUSTERS, Map.of("same", 1, "changed", 1, "removed", 1)));
        var next = DevFiles.of(Map.of(CLUSTERS, Map.of("same", 1, "changed", 2, "added", 1)));
        controlPlane.publish(first);

        try (var client = new DeltaClient(controlPlane.address());
                var other = ControlPlane.start(ANY_PORT, next, heard, InstantSource.system());
                var again = new DeltaClient(other.address(), holding(client, first))) {
            again.begin(CLUSTERS);
            again.awaitHeld(CLUSTERS, next.resources(CLUSTERS));

            assertThat(again.takePushes()).singleElement().satisfies(push -> {
                assertThat(push.names()).containsExactlyInAnyOrder("changed", "added");
                assertThat(push.removed()).containsExactly("removed");
            });
        }
    }

    @Test
    void whoIsUpToDateHearsNothing() throws Exception {
        try (var client = new DeltaClient(controlPlane.address());
                var again = new DeltaClient(controlPlane.address(), holding(client, ONE))) {
            again.begin(CLUSTERS);
            again.begin(LISTENERS);
            again.awaitPush(LISTENERS);

            assertThat(again.takePushes()).extracting(TestClient.Push::type).containsExactly(LISTENERS);
        }
    }

    @Test
    void aWildcardIsAnsweredEvenWhenThereIsNothing() throws Exception {
        controlPlane.publish(DevFiles.of(Map.of()));
        try (var delta = new DeltaClient(controlPlane.address());
                var sotw = new SotwClient(controlPlane.address())) {
            delta.begin(CLUSTERS, "*");
            sotw.want(CLUSTERS, List.of());

            delta.awaitPush(CLUSTERS);
            sotw.awaitPush(CLUSTERS);
        }
    }

    @Test
    void aNameThatIsNotThereIsToldAndSentWhenItComes() throws Exception {
        try (var client = new DeltaClient(controlPlane.address())) {
            client.begin(ROUTES, "later");
            client.awaitPush(ROUTES);
            var next = DevFiles.of(Map.of(ROUTES, Map.of("later", 1)));
            controlPlane.publish(next);
            client.awaitHeld(ROUTES, next.resources(ROUTES));

            assertThat(client.takePushes())
                    .containsExactly(
                            push(ROUTES, "1", List.of(), List.of("later")),
                            push(ROUTES, "2", List.of("later"), List.of()));
        }
    }

    @Test
    void whatIsNoLongerWantedIsNotSent() throws Exception {
        try (var client = new DeltaClient(controlPlane.address())) {
            client.begin(ENDPOINTS, "a", "b");
            client.awaitHeld(ENDPOINTS, ONE.resources(ENDPOINTS));
            client.unsubscribe(ENDPOINTS, "a");
            client.begin(NAMES);
            client.awaitPush(NAMES);
            client.takePushes();
            controlPlane.publish(DevFiles.of(Map.of(ENDPOINTS, Map.of("a", 2, "b", 2))));
            client.awaitPush(ENDPOINTS);

            assertThat(client.takePushes().getFirst()).isEqualTo(push(ENDPOINTS, "2", List.of("b"), List.of()));
        }
    }

    @Test
    void whatIsAskedForAgainIsSentAgain() throws Exception {
        try (var delta = new DeltaClient(controlPlane.address());
                var sotw = new SotwClient(controlPlane.address())) {
            delta.begin(ENDPOINTS, "a");
            delta.awaitHeld(ENDPOINTS, ONE.resources(ENDPOINTS));
            sotw.want(ENDPOINTS, List.of("a"));
            sotw.awaitHeld(ENDPOINTS, ONE.resources(ENDPOINTS));
            heard.await(
                    lines -> lines.stream().filter("acked endpoints v1"::equals).count() == 2);
            delta.takePushes();
            sotw.takePushes();

            delta.subscribe(ENDPOINTS, "a");
            sotw.want(ENDPOINTS, List.of("a"));

            delta.awaitPush(ENDPOINTS);
            sotw.awaitPush(ENDPOINTS);
        }
    }

    @Test
    void aRequestWithoutATypeEndsItsStreamOnly() throws Exception {
        try (var bad = new DeltaClient(controlPlane.address());
                var worse = new SotwClient(controlPlane.address());
                var good = new DeltaClient(controlPlane.address())) {
            bad.send(DeltaDiscoveryRequest.getDefaultInstance());
            worse.send(DiscoveryRequest.getDefaultInstance());

            assertThat(bad.awaitEnd()).contains("INVALID_ARGUMENT");
            assertThat(worse.awaitEnd()).contains("INVALID_ARGUMENT");
            good.begin(CLUSTERS);
            good.awaitHeld(CLUSTERS, ONE.resources(CLUSTERS));
        }
    }

    @Test
    void aListenerThatFailsStopsNothing() throws Exception {
        var failing = (ControlPlane.Listener) java.lang.reflect.Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {ControlPlane.Listener.class}, (_, _, _) -> {
                    throw new IllegalStateException("listener");
                });

        try (var other = ControlPlane.start(ANY_PORT, ONE, failing, InstantSource.system());
                var client = new DeltaClient(other.address())) {
            client.begin(CLUSTERS);
            client.awaitHeld(CLUSTERS, ONE.resources(CLUSTERS));
        }
    }

    @Test
    void aBusyPortIsToldWithTheWayOut() {
        assertThatThrownBy(() -> ControlPlane.start(controlPlane.address(), ONE, heard, InstantSource.system()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("cannot listen on")
                .hasMessageContaining("stop what listens there");
    }

    @Test
    void closingTwiceIsHarmlessAndBreaksStreams() throws Exception {
        try (var client = new DeltaClient(controlPlane.address())) {
            client.begin(CLUSTERS);
            client.awaitPush(CLUSTERS);

            controlPlane.close();
            controlPlane.close();

            assertThat(client.awaitEnd()).isNotEmpty();
        }
    }

    private DeltaClient holding(DeltaClient client, DevFile file) throws InterruptedException {
        client.begin(CLUSTERS);
        client.awaitHeld(CLUSTERS, file.resources(CLUSTERS));
        return client;
    }

    private static TestClient.Push push(ResourceType type, String version, List<String> names, List<String> removed) {
        return new TestClient.Push(type, version, names, removed);
    }
}
