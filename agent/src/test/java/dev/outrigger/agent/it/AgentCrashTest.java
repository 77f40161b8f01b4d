package dev.outrigger.agent.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrigger.agent.config.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
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

    @Test
    void anAgentKilledWhileItSpawnsEnvoyLeavesNoneEither() throws IOException, InterruptedException {
        var path = Files.createDirectory(folder.resolve("bin"));
        var goOn = folder.resolve("go-on");
        slowSetpriv(path, goOn);
        try (var mesh = Mesh.start(folder);
                var agent = mesh.agent(Map.of("PATH", path.toString()))) {
            agent.await(
                    "spawning Envoy", () -> !Processes.naming(path + "/setpriv").isEmpty());

            agent.kill();
            agent.awaitExit();
            assertThat(processes()).as("what becomes Envoy").isNotEmpty();
            Files.createFile(goOn);

            Eventually.holds(5, () -> processes().isEmpty(), () -> "left: " + processes());
        }
    }

    /// One that takes its time before it does its work.
    private static void slowSetpriv(Path path, Path goOn) throws IOException {
        var script = Files.writeString(path.resolve("setpriv"), """
                #!/bin/sh
                i=0
                while [ ! -e %s ] && [ $((i += 1)) -lt 2000 ]; do /bin/sleep 0.01; done
                exec %s "$@"
                """.formatted(
                        goOn, Machine.here().onPath("setpriv").orElseThrow()));
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
    }

    /// The agent, and all that names its work directory.
    private List<Long> processes() {
        return Processes.naming(folder.toString());
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
                Eventually.holds(5, () -> processes().isEmpty(), () -> "left: " + processes());
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
