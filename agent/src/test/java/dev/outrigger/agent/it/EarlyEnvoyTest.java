package dev.outrigger.agent.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// An agent whose launcher has started Envoy before the JVM. What the launcher's shell does is `bin/early-envoy`
/// itself.
class EarlyEnvoyTest {
    private static final String DRAIN = "5s"; // of the profile dev

    @TempDir
    private Path folder;

    private AgentProcess start(Mesh mesh, String drain, String... flags) throws IOException {
        return new Launcher(folder).run(mesh, List.of(), drain, flags);
    }

    private static String commandLine(long pid) throws IOException {
        return Files.readString(Path.of("/proc", Long.toString(pid), "cmdline")).replace('\0', ' ');
    }

    @Test
    void itIsGivenItsBootstrapAndServesAndItsLogIsPassedOn() throws IOException, InterruptedException {
        try (var mesh = Mesh.start(folder);
                var agent = start(mesh, DRAIN)) {
            agent.awaitReady();

            assertThat(commandLine(agent.envoyPid())).contains("--config-path /dev/fd/0 ");
            assertThat(mesh.get("/greeting").body()).isEqualTo("Hello from the control plane.\n");
            assertThat(agent.log()).doesNotContain("starting another");

            agent.terminate();
            assertThat(agent.awaitExit()).as(agent.log()).isZero();
            assertThat(agent.log()).contains("WARN  envoy  main: caught ENVOY_SIGTERM");
        }
    }

    @Test
    void itIsReplacedWhenItCrashesAndLeavesNothingBehind() throws IOException {
        try (var mesh = Mesh.start(folder);
                var agent = start(mesh, DRAIN)) {
            agent.awaitReady();
            var early = agent.envoyPid();

            Processes.kill(early);
            agent.await("serving with another Envoy", () -> agent.envoyPid() != early && agent.isReady());

            assertThat(mesh.get("/").status()).isEqualTo(200);
            assertThat(agent.status("envoy", "last_exit_status")).isEqualTo("137");
            assertThat(agent.log()).contains("Envoy ended status=137 (SIGKILL; ");
            assertThat(commandLine(agent.envoyPid())).contains("--config-path " + folder);
            agent.await(
                    "rid of its process",
                    () -> Processes.dead(Processes.children(agent.pid())).isEmpty());
        }
    }

    @Test
    void anotherIsStartedWhereTheSettingsAskForAnother() throws IOException {
        try (var mesh = Mesh.start(folder);
                var agent = start(mesh, "6s")) {
            agent.awaitReady();

            assertThat(commandLine(agent.envoyPid())).contains("--config-path " + folder, "--drain-time-s 5 ");
            assertThat(agent.log())
                    .containsOnlyOnce("is not the one that the settings ask for; starting another")
                    .doesNotContain("Envoy ended");
            assertThat(mesh.get("/").status()).isEqualTo(200);
            assertThat(Processes.naming(folder + "/early/envoy"))
                    .containsExactlyInAnyOrder(agent.pid(), agent.envoyPid());
            agent.await(
                    "rid of the other",
                    () -> Processes.dead(Processes.children(agent.pid())).isEmpty());
        }
    }

    @Test
    void itEndsWithAnAgentThatRefusesItsSettings() throws IOException, InterruptedException {
        try (var mesh = Mesh.start(folder);
                var agent = start(mesh, DRAIN, "--drain-min=soon")) {
            var children = Processes.children(agent.pid());

            assertThat(agent.awaitExit()).isEqualTo(64);
            assertThat(agent.log()).startsWith("outrigger: drain-min=soon (flag --drain-min): no duration");
            Eventually.holds(20, () -> children.stream().noneMatch(Processes::isRunning), () -> "Envoy outlives it");
        }
    }

    @Test
    void itEndsWithAnAgentThatIsKilledAndWithOneThatWantsNone() throws IOException {
        try (var mesh = Mesh.start(folder)) {
            try (var agent = start(mesh, DRAIN)) {
                agent.awaitReady();
                var early = agent.envoyPid();

                agent.kill();

                Eventually.holds(20, () -> !Processes.isRunning(early), () -> "Envoy outlives its agent");
            }
            try (var agent = start(mesh, DRAIN, "--no-envoy")) {
                agent.awaitReady();

                agent.await(
                        "without Envoy",
                        () -> Processes.children(agent.pid()).stream().noneMatch(Processes::isRunning));
            }
        }
    }
}
