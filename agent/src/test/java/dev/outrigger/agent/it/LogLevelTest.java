package dev.outrigger.agent.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Levels of logs change while everything runs.
class LogLevelTest {
    @TempDir
    private Path folder;

    @Test
    void bothLogsChangeForAWhileAlsoForAnEnvoyThatIsStartedMeanwhile() throws IOException, InterruptedException {
        try (var mesh = Mesh.start(folder);
                var agent = mesh.agent("--log-format=json")) {
            agent.awaitReady();

            assertThat(run(mesh, "debug", "--for", "1h"))
                    .contains("agent  debug until ")
                    .contains("envoy  debug until ");
            assertThat(mesh.get("/").status()).isEqualTo(200);
            agent.await("logging more of Envoy", () -> agent.log().contains(debug("envoy", "http: ")));
            assertThat(agent.log()).contains("\"scope\":\"agent\",\"message\":\"log level of agent is debug");

            var before = agent.envoyPid();
            Processes.kill(before);
            agent.await("serving with another Envoy", () -> agent.envoyPid() != before && agent.isReady());
            agent.await("logging its start", () -> agent.log().contains(debug("envoy", "init: ")));

            assertThat(run(mesh, "reset", "--envoy-only"))
                    .contains("agent  debug until ")
                    .contains("envoy  warning\n");
            assertThat(run(mesh, "info", "--for=50ms", "--agent-only")).contains("envoy  warning");
            agent.await("back by itself", () -> list(mesh).contains("agent  info\n"));
        }
    }

    @Test
    void whatMakesNoSenseIsRefused() throws IOException, InterruptedException {
        try (var mesh = Mesh.start(folder);
                var agent = mesh.agent("--no-envoy", "--name-table=off")) {
            agent.awaitReady();

            assertThat(refused(mesh, "loud")).contains("no such level; there are trace, debug");
            assertThat(refused(mesh, "debug", "--for=2d")).contains("no time up to a day");
            assertThat(refused(mesh, "debug", "--envoy-only")).contains("no such log; there are agent");
            assertThat(agent.ask("GET", "/debug/log?level=debug", "*/*").body()).isEqualTo("agent  info\n");
        }
    }

    /// A debug record that begins so.
    private static String debug(String scope, String message) {
        return "\"level\":\"debug\",\"scope\":\"" + scope + "\",\"message\":\"" + message;
    }

    private static String list(Mesh mesh) {
        try {
            return run(mesh);
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static String run(Mesh mesh, String... arguments) throws IOException, InterruptedException {
        try (var command = command(mesh, arguments)) {
            assertThat(command.awaitExit()).as(command.log()).isZero();
            return command.log();
        }
    }

    private static String refused(Mesh mesh, String... arguments) throws IOException, InterruptedException {
        try (var command = command(mesh, arguments)) {
            assertThat(command.awaitExit()).as(command.log()).isEqualTo(64);
            return command.log();
        }
    }

    private static AgentProcess command(Mesh mesh, String... arguments) throws IOException {
        return mesh.command(
                Stream.concat(Stream.of("log"), Arrays.stream(arguments)).toArray(String[]::new));
    }
}
