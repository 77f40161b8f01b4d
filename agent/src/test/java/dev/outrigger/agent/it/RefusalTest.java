package dev.outrigger.agent.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrigger.agent.http.LocalHttp;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What cannot start says so in a line and ends; what can do without Envoy starts without.
class RefusalTest {
    private static final int FAILED = 1;
    private static final int USAGE = 64;

    @TempDir
    private Path folder;

    private Mesh mesh;

    @BeforeEach
    void startMesh() throws IOException {
        mesh = Mesh.start(folder);
    }

    @AfterEach
    void stopMesh() {
        mesh.close();
    }

    @Test
    void anAgentToldToRunNoEnvoyIsReadyWithoutOne() throws IOException, InterruptedException {
        try (var agent = mesh.agent("--no-envoy", "--envoy-path=/nowhere", "--name-table=off")) {
            agent.awaitReady();

            assertThat(ProcessHandle.of(agent.pid()).orElseThrow().children()).isEmpty();
            assertThat(agent.ask("GET", "/debug/status", "*/*").body()).contains("not run by this agent");
            agent.terminate();
            assertThat(agent.awaitExit()).as(agent.log()).isZero();
        }
    }

    @Test
    void aBusyStatusAddressIsToldInOneLine() throws IOException, InterruptedException {
        var status = mesh.status();
        try (var _ = new ServerSocket(status.getPort(), 1, status.getAddress());
                var agent = mesh.agent()) {
            assertThat(agent.awaitExit()).isEqualTo(FAILED);
            assertThat(complaints(agent))
                    .singleElement()
                    .asString()
                    .contains(LocalHttp.authority(status), "Address already in use", "--status-address");
        }
    }

    @Test
    void aBusyDnsAddressIsToldInOneLine() throws IOException, InterruptedException {
        try (var _ = new DatagramSocket(mesh.dns());
                var agent = mesh.agent()) {
            assertThat(agent.awaitExit()).isEqualTo(FAILED);
            assertThat(complaints(agent))
                    .singleElement()
                    .asString()
                    .contains(LocalHttp.authority(mesh.dns()), "in use", "--dns-address");
            assertThat(Processes.naming(folder.toString())).isEmpty();
        }
    }

    @Test
    void aSecondAgentWithTheSameWorkDirIsRefusedAndTheFirstOneGoesOn() throws IOException, InterruptedException {
        try (var first = mesh.agent()) {
            first.awaitReady();
            var bootstrap = Files.readString(folder.resolve("envoy-bootstrap.json"));
            try (var second = mesh.agent("--status-address=" + LocalHttp.authority(Ports.free()))) {
                assertThat(second.awaitExit()).isEqualTo(FAILED);
                assertThat(complaints(second)).singleElement().asString().contains("socket", "in use", "-socket");
            }

            assertThat(Files.readString(folder.resolve("envoy-bootstrap.json"))).isEqualTo(bootstrap);
            assertThat(mesh.get("/").status()).isEqualTo(200);
            mesh.greet("still relayed");
            first.await("relaying", () -> mesh.greeting().equals("still relayed"));
        }
    }

    @Test
    void aMisspeltFlagIsWrongUsageAndTheRightOneIsNamed() throws IOException, InterruptedException {
        try (var agent = mesh.agent("--drain-mx=5s")) {
            assertThat(agent.awaitExit()).isEqualTo(USAGE);
            assertThat(complaints(agent))
                    .singleElement()
                    .asString()
                    .contains("--drain-mx", "did you mean --drain-max?");
        }
    }

    @Test
    void everyProblemOfAConfigurationFileIsToldAtOnce() throws IOException, InterruptedException {
        var config = Files.writeString(folder.resolve("agent.yaml"), """
                drain-quiet: 5
                log-level: loud
                envoy-concurrency: many
                no-such-thing: on
                """);
        try (var agent = mesh.agent("--config=" + config)) {
            assertThat(agent.awaitExit()).isEqualTo(USAGE);
            assertThat(complaints(agent))
                    .anyMatch(line -> line.contains("drain-quiet") && line.contains(config + ":1"))
                    .anyMatch(line -> line.contains("log-level") && line.contains(config + ":2"))
                    .anyMatch(line -> line.contains("envoy-concurrency") && line.contains(config + ":3"))
                    .anyMatch(line -> line.contains("no-such-thing") && line.contains(config + ":4"))
                    .hasSize(4);
        }
    }

    private static List<String> complaints(AgentProcess agent) {
        assertThat(agent.log()).doesNotContain("\tat ");
        return agent.log()
                .lines()
                .filter(line -> line.startsWith("outrigger: "))
                .toList();
    }
}
