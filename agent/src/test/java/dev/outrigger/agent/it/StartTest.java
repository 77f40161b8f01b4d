package dev.outrigger.agent.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrigger.agent.http.LocalHttp;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// From nothing to a workload in service, with a real Envoy.
class StartTest {
    @TempDir
    private Path folder;

    @Test
    void noProbeSeesAReadyAgentBeforeEnvoyIsLive() throws IOException {
        try (var mesh = Mesh.start(folder);
                var agent = mesh.agent()) {
            var unready = 0;
            for (var probe = probe(agent); probe.status() != 200; probe = probe(agent)) {
                assertThat(probe.status()).as(agent.log()).isIn(0, 503);
                unready += probe.status() == 503 ? 1 : 0;
            }

            assertThat(mesh.envoy("/ready").body()).isEqualTo("LIVE\n");
            assertThat(unready).as("probes answered before it was ready").isPositive();
        }
    }

    private static LocalHttp.Answer probe(AgentProcess agent) {
        var answer = agent.ask("GET", "/healthz/ready", "*/*");
        assertThat(answer.status() != 0 || Processes.isRunning(agent.pid()))
                .as(agent.log())
                .isTrue();
        return answer;
    }

    @Test
    void aReadyAgentServesRequestsNamesMetricsAndReasons() throws IOException {
        try (var mesh = Mesh.start(folder);
                var agent = mesh.agent()) {
            agent.awaitReady();

            assertThat(mesh.get("/greeting").body()).isEqualTo("Hello from the control plane.\n");
            assertThat(mesh.get("/a?b=c").body())
                    .contains("GET /a?b=c\n")
                    .containsPattern("x-forwarded-client-cert: .*URI=" + Mesh.SPIFFE_ID);
            assertThat(mesh.lookUp("hello.demo.svc.cluster.local.")).isEqualTo("127.0.0.1");
            assertThat(agent.ask("GET", "/stats/prometheus", "*/*").body())
                    .contains("\nenvoy_server_live{} 1\n")
                    .contains("\nhello_info{application=\"echo\"} 1")
                    .contains("\noutrigger_identity_rotations_total 1.0\n");
            assertThat(new LocalHttp(mesh.readiness(), Duration.ofSeconds(5))
                            .ask("GET", "/healthz/ready")
                            .status())
                    .isEqualTo(200);
            assertThat(agent.ask("GET", "/healthz/ready", "application/json").body())
                    .startsWith("{\"ready\":true,")
                    .contains("\"name\":\"envoy\",\"gate\":\"readiness\",\"met\":true,\"reason\":\"Envoy is live\"")
                    .contains("\"name\":\"dns\",\"gate\":\"readiness\",\"met\":true,\"reason\":\"3 names\"")
                    .contains("\"name\":\"xds\",\"gate\":\"information\",\"met\":true")
                    .contains("\"name\":\"identity\",\"gate\":\"information\",\"met\":true");
        }
    }

    /// Names come with the stream of a client, and an application that is one may wait for the agent first.
    @Test
    void anAgentWithoutEnvoyDoesNotWaitForTheNamesThatItsClientsBring() throws IOException {
        try (var mesh = Mesh.start(folder);
                var agent = mesh.agent("--no-envoy", "--name-table=on")) {
            agent.awaitReady();

            assertThat(agent.ask("GET", "/healthz/ready", "application/json").body())
                    .contains("\"name\":\"dns\",\"gate\":\"information\",\"met\":false");
        }
    }
}
