package dev.outrigger.agent.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Envoy, or the whole agent, starts while the control plane is away.
class LastKnownGoodTest {
    private static final String NAME = "hello.demo.svc.cluster.local.";
    private static final Duration READY_WITHIN = Duration.ofSeconds(5);
    private static final String CLUSTERS = "  clusters:\n";
    private static final String SPARE_CLUSTER = """
                - name: spare
                  type: STATIC
                  connect_timeout: 1s
                  load_assignment: {cluster_name: spare}
            """;

    @TempDir
    private Path folder;

    @Test
    void aKilledEnvoyIsReadyAgainWithoutTheControlPlane() throws IOException {
        try (var mesh = Mesh.start(folder);
                var agent = mesh.agent()) {
            agent.awaitReady();
            mesh.stopControlPlane();
            agent.await(
                    "told of the outage", () -> agent.status("xds", "connected").equals("false"));
            var killed = agent.envoyPid();

            Processes.kill(killed);

            agent.await(
                    "running another Envoy",
                    () -> agent.status("envoy", "pid").matches("[1-9]\\d*") && agent.envoyPid() != killed);
            awaitServing(agent, "a killed Envoy");
            assertThat(mesh.get("/").status()).isEqualTo(200);
            assertThat(mesh.greeting()).isEqualTo("Hello from the control plane.\n");
            assertThat(agent.ask("GET", "/debug/status", "*/*").body())
                    .contains("serving the last known good of ")
                    .contains("last known good                SERVING ");
        }
    }

    @Test
    void anAgentThatIsStoppedAndStartedServesWithoutTheControlPlane() throws IOException, InterruptedException {
        restart(AgentProcess::terminate, "xds-mode=delta");
    }

    @Test
    void anAgentThatIsKilledAndStartedServesWithoutTheControlPlane() throws IOException, InterruptedException {
        restart(AgentProcess::kill, "xds-mode=delta");
    }

    @Test
    void stateOfTheWorldSurvivesAsWell() throws IOException, InterruptedException {
        restart(AgentProcess::terminate, "xds-mode=sotw");
    }

    @Test
    void nothingIsKeptWhenItIsOff() throws IOException, InterruptedException {
        try (var mesh = Mesh.start(folder)) {
            try (var first = mesh.agent("--xds-snapshot=off")) {
                first.awaitReady();
                assertThat(first.status("last_known_good")).isEqualTo("null");
                first.terminate();
                first.awaitExit();
            }

            assertThat(folder.resolve("xds-snapshot")).doesNotExist();
        }
    }

    private interface End {
        void end(AgentProcess agent);
    }

    private void restart(End end, String mode) throws IOException, InterruptedException {
        UnaryOperator<String> spare = yaml -> yaml.replace(CLUSTERS, CLUSTERS + SPARE_CLUSTER);
        try (var mesh = Mesh.start(folder, spare)) {
            try (var first = mesh.agent("--" + mode)) {
                first.awaitReady();
                Eventually.holds(5, this::isKept, first::log);
                mesh.stopControlPlane();
                end.end(first);
                first.awaitExit();
            }

            try (var second = mesh.agent("--" + mode)) {
                awaitServing(second, "a restarted agent's Envoy, " + mode);
                assertThat(mesh.get("/").status()).isEqualTo(200);
                assertThat(mesh.lookUp(NAME)).isEqualTo("127.0.0.1");
                assertThat(mesh.envoy("/config_dump").body())
                        .contains("\"spare\"")
                        .contains("\"hello-mtls\"");

                follow(mesh, second);
            }
        }
    }

    /// The control plane comes back with a cluster and a listener less, and another route.
    private static void follow(Mesh mesh, AgentProcess agent) throws IOException {
        mesh.publish(yaml -> yaml.replace(SPARE_CLUSTER, ""));
        mesh.publish(LastKnownGoodTest::withoutInbound);
        mesh.greet("back again");
        var stream = agent.status("xds", "streams");
        mesh.startControlPlane();

        var start = System.nanoTime();
        Eventually.holds(2, () -> mesh.greeting().equals("back again") && isGone(mesh), agent::log);
        System.out.println("Envoy follows the control plane after "
                + Duration.ofNanos(System.nanoTime() - start).toMillis() + " ms");
        assertThat(agent.status("xds", "streams")).startsWith(stream.substring(0, stream.indexOf(',')));
        assertThat(agent.status("last_known_good", "serving")).isEqualTo("false");
    }

    private static boolean isGone(Mesh mesh) {
        try {
            // The dump shows a removed listener for as long as it drains.
            return !mesh.envoy("/config_dump?resource=dynamic_active_clusters")
                            .body()
                            .contains("\"spare\"")
                    && !mesh.envoy("/listeners").body().contains("hello-mtls");
        } catch (IOException e) {
            return false;
        }
    }

    private static String withoutInbound(String yaml) {
        var from = yaml.indexOf("    - name: hello-mtls\n      traffic_direction: INBOUND");
        // The cluster takes its certificate settings from the listener by a YAML alias.
        var settings =
                yaml.substring(yaml.indexOf("&workload-identity\n") + 19, yaml.indexOf("          filters:\n", from));
        var rest = yaml.substring(yaml.indexOf("  # Where requests can go."));
        return yaml.substring(0, from) + rest.replace("*workload-identity\n", "\n" + settings);
    }

    private boolean isKept() {
        try {
            var file = folder.resolve("xds-snapshot");
            if (!Files.exists(file)) {
                return false;
            }
            var text = Files.readString(file, StandardCharsets.ISO_8859_1);
            return Stream.of("Cluster", "ClusterLoadAssignment", "Listener", "RouteConfiguration", "NameTable")
                    .allMatch(type -> text.contains("." + type));
        } catch (IOException e) {
            return false;
        }
    }

    private static void awaitServing(AgentProcess agent, String whose) {
        agent.awaitReady();
        assertThat(agent.status("last_known_good", "serving")).isEqualTo("true");
        var took = Long.parseLong(agent.status("envoy", "ready_after_ms"));
        System.out.println(whose + ": ready from the last known good after " + took + " ms");
        assertThat(took).isLessThan(READY_WITHIN.toMillis());
    }
}
