package dev.outrigger.agent.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `outrigger run -- COMMAND`.
class ApplicationTest {
    private static final String[] ALONE = {"--no-envoy", "--name-table=off"};
    private static final int SIGNALS = 128;
    private static final int HUP = 1;
    private static final int INT = 2;
    private static final int KILL = 9;
    private static final int USR1 = 10;
    private static final int TERM = 15;

    @TempDir
    private Path folder;

    @Test
    void theApplicationIsStartedOnceAllIsReadyAndItsStatusIsTheAgents() throws IOException, InterruptedException {
        try (var mesh = Mesh.start(folder);
                var agent = mesh.run(List.of(), bash(request(mesh) + "; exit 7"))) {
            assertThat(agent.awaitExit()).as(agent.log()).isEqualTo(7);

            assertThat(agent.log()).contains("HTTP/1.1 200 OK");
            assertThat(agent.log().indexOf("ready after_ms="))
                    .isLessThan(agent.log().indexOf("application started"));
            assertThat(Processes.naming(folder.toString())).isEmpty();
        }
    }

    @Test
    void theApplicationEndsFirstAndItsLastRequestsGoThroughEnvoy() throws IOException, InterruptedException {
        try (var mesh = Mesh.start(folder);
                var agent = mesh.run(
                        List.of(),
                        bash("trap 'sleep 0.3; " + request(mesh)
                                + "; exit 5' TERM; echo up and running; while :; do sleep 0.05; done"))) {
            agent.await("running the application", () -> agent.log().contains("up and running"));

            agent.terminate();

            assertThat(agent.awaitExit()).as(agent.log()).isEqualTo(5);
            assertThat(agent.log()).contains("HTTP/1.1 200 OK", "application ended status=5");
            assertThat(Processes.naming(folder.toString())).isEmpty();
        }
    }

    @Test
    void anEnvoyThatEndsForGoodEndsTheApplicationAndItsStatusIsTheAgents() throws IOException, InterruptedException {
        var script = "trap 'echo told; exit 0' TERM; echo up and running; while :; do sleep 0.05; done";
        try (var mesh = Mesh.start(folder);
                var agent = mesh.run(List.of(), bash(script), "--envoy-restarts=0")) {
            agent.await("running the application", () -> agent.log().contains("up and running"));

            Processes.kill(agent.envoyPid());

            assertThat(agent.awaitExit()).as(agent.log()).isEqualTo(SIGNALS + KILL);
            assertThat(agent.log()).contains("told\n", "application ended status=0");
        }
    }

    @Test
    void signalsReachTheApplication() throws IOException, InterruptedException {
        var script = "trap 'echo got HUP' HUP; trap 'echo got USR1' USR1; trap 'exit 3' INT; echo up and running;"
                + " while :; do sleep 0.05; done";
        try (var mesh = Mesh.start(folder);
                var agent = mesh.run(List.of(), bash(script), ALONE)) {
            agent.await("running the application", () -> agent.log().contains("up and running"));

            if (!Processes.ignores(HUP)) { // under nohup everything does
                Processes.signal(agent.pid(), HUP);
                agent.await("passing it on", () -> agent.log().contains("got HUP"));
            }
            Processes.signal(agent.pid(), USR1);
            agent.await("passing it on", () -> agent.log().contains("got USR1"));
            if (!Processes.ignores(INT)) { // as does everything in the background of a shell
                Processes.signal(agent.pid(), INT);

                assertThat(agent.awaitExit()).as(agent.log()).isEqualTo(3);
            }
        }
    }

    @Test
    void anApplicationThatIgnoresItsSignalIsKilled() throws IOException, InterruptedException {
        var script = "trap '' TERM; echo up and running; while :; do sleep 0.05; done";
        try (var mesh = Mesh.start(folder);
                var agent = mesh.run(
                        List.of(), bash(script), "--no-envoy", "--name-table=off", "--application-stop=300ms")) {
            agent.await("running the application", () -> agent.log().contains("up and running"));

            agent.terminate();

            assertThat(agent.awaitExit()).as(agent.log()).isEqualTo(SIGNALS + KILL);
            assertThat(agent.log()).contains("the application ignored SIGTERM");
        }
    }

    @Test
    void anApplicationCannotOutliveItsAgent() throws IOException, InterruptedException {
        try (var mesh = Mesh.start(folder);
                var agent = mesh.run(List.of(), bash("echo up and running; exec sleep 600.25"), ALONE)) {
            agent.await("running the application", () -> agent.log().contains("up and running"));

            agent.kill();
            agent.awaitExit();

            Eventually.holds(5, () -> Processes.naming("sleep\000600.25").isEmpty(), () -> "the application runs on");
        }
    }

    @Test
    void anAgentThatIsToldToStopBeforeTheApplicationRanSaysSo() throws IOException, InterruptedException {
        try (var mesh = Mesh.start(folder);
                var agent = mesh.run(List.of(), bash("echo up and running"), "--no-envoy", "--ready-gates=dns")) {
            agent.awaitUnready("dns: ");

            agent.terminate();

            assertThat(agent.awaitExit()).as(agent.log()).isEqualTo(SIGNALS + TERM);
            assertThat(agent.log()).doesNotContain("up and running");
        }
    }

    @Test
    void theWaitForReadinessHasAnEndThatSaysWhatIsMissing() throws IOException, InterruptedException {
        try (var mesh = Mesh.start(folder);
                var agent = mesh.run(
                        List.of(),
                        bash("echo up and running"),
                        "--no-envoy",
                        "--ready-gates=dns",
                        "--application-wait=100ms")) {
            assertThat(agent.awaitExit()).as(agent.log()).isEqualTo(1);

            assertThat(agent.log()).contains("not ready within application-wait PT0.1S: ", "dns: ");
            assertThat(agent.log()).doesNotContain("up and running");
        }
    }

    @Test
    void whatCannotBeRunIsToldAsShellsDoAndNothingStarts() throws IOException, InterruptedException {
        var file = Files.writeString(folder.resolve("no-program"), "text");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        assertThat(statusOf("outrigger-no-such-command")).isEqualTo(127);
        assertThat(statusOf(folder + "/missing")).isEqualTo(127);
        assertThat(statusOf(file.toString())).isEqualTo(126);
        assertThat(statusOf(folder.toString())).isEqualTo(126);
        assertThat(statusOf()).isEqualTo(64);
        try (var all = Files.list(folder)) {
            assertThat(all.map(path -> path.getFileName().toString())).noneMatch(name -> name.endsWith(".sock"));
        }
    }

    private int statusOf(String... command) throws IOException, InterruptedException {
        try (var mesh = Mesh.start(folder);
                var agent = mesh.run(List.of(), List.of(command), ALONE)) {
            return agent.awaitExit();
        }
    }

    private static List<String> bash(String script) {
        return List.of("bash", "-c", script);
    }

    /// A request through Envoy whose status line is printed.
    private static String request(Mesh mesh) {
        return "exec 3<>/dev/tcp/127.0.0.1/" + mesh.outbound().getPort()
                + "; printf \"GET / HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n\" >&3; head -1 <&3";
    }
}
