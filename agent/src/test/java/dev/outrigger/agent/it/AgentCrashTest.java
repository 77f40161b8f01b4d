package dev.outrigger.agent.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The agent ends by itself.
class AgentCrashTest {
    @TempDir
    private Path folder;

    @Test
    void aKilledAgentLeavesNoEnvoyAndItsSuccessorTakesTheStaleSocketsOver() throws IOException, InterruptedException {
        killAndSucceed(Map.of());
    }

    @Test
    void withoutSetprivAKilledAgentLeavesNoEnvoyEither() throws IOException, InterruptedException {
        killAndSucceed(Map.of("PATH", folder.toString()));
    }

    private void killAndSucceed(Map<String, String> environment) throws IOException, InterruptedException {
        try (var mesh = Mesh.start(folder)) {
            try (var first = mesh.agent(environment)) {
                first.awaitReady();
                var envoy = first.envoyPid();
                assertThat(Processes.naming("outrigger-guard\0" + envoy)).hasSize(environment.isEmpty() ? 0 : 1);

                first.kill();
                first.awaitExit();

                Eventually.holds(5, () -> !Processes.isRunning(envoy), () -> "Envoy outlives the agent");
                Eventually.holds(
                        5,
                        () -> Processes.naming(folder.toString()).isEmpty(),
                        () -> "left: " + Processes.naming(folder.toString()));
                assertThat(folder.resolve("xds.sock")).exists();
                assertThat(folder.resolve("sds.sock")).exists();
            }
            try (var second = mesh.agent(environment)) {
                second.awaitReady();

                assertThat(mesh.get("/").status()).isEqualTo(200);
            }
        }
    }
}
