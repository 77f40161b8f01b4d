package dev.outrigger.agent.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Envoy ends by itself.
class EnvoyCrashTest {
    private static final int SIGKILL_STATUS = 137;

    @TempDir
    private Path folder;

    @Test
    void aKilledEnvoyIsReplacedByTheSameAgentAndItsEndIsTold() throws IOException {
        try (var mesh = Mesh.start(folder);
                var agent = mesh.agent()) {
            agent.awaitReady();
            var before = agent.envoyPid();
            var self = agent.status("pid");

            Processes.kill(before);
            agent.await("serving with another Envoy", () -> agent.envoyPid() != before && agent.isReady());

            assertThat(mesh.get("/").status()).isEqualTo(200);
            assertThat(agent.status("pid")).isEqualTo(self);
            assertThat(agent.status("envoy", "restarts")).isEqualTo("1");
            assertThat(agent.status("envoy", "last_exit_status")).isEqualTo(Integer.toString(SIGKILL_STATUS));
            assertThat(agent.ask("GET", "/stats/prometheus", "*/*").body())
                    .contains("outrigger_envoy_exits_total{reason=\"signal\"} 1.0\n");
            assertThat(agent.log()).contains("Envoy ended status=137 (SIGKILL; out of memory, or killed by somebody)");
        }
    }

    @Test
    void anEnvoyThatCrashesBeyondItsBudgetEndsTheAgentWithItsOwnStatus() throws IOException, InterruptedException {
        try (var mesh = Mesh.start(folder);
                var agent = mesh.agent("--envoy-restarts=2")) {
            var last = 0L;
            for (var crash = 0; crash < 3; crash++) {
                var previous = last;
                agent.await(
                        "running Envoy " + crash,
                        () -> agent.status("envoy", "pid").matches("[1-9]\\d*") && agent.envoyPid() != previous);
                last = agent.envoyPid();
                Processes.kill(last);
            }

            assertThat(agent.awaitExit()).as(agent.log()).isEqualTo(SIGKILL_STATUS);
            assertThat(agent.log()).contains("giving up, its restart budget is spent");
            assertThat(Processes.naming(folder.toString())).isEmpty();
        }
    }
}
