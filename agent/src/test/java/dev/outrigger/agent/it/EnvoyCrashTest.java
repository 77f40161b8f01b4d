package dev.outrigger.agent.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
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
                    .contains(
                            "outrigger_envoy_exits_total{reason=\"signal\"} 1.0\n",
                            "envoy_restarts_total{reason=\"signal\"} 1.0\n",
                            "envoy_restarts_total{reason=\"oom\"} 0.0\n");
            assertThat(agent.log())
                    .contains("Envoy ended status=137 (SIGKILL; ")
                    .contains("killed by somebody");
        }
    }

    @Test
    void aCrashLeavesAFolderWithWhatIsKnownOfIt() throws IOException, InterruptedException {
        try (var mesh = Mesh.start(folder);
                var agent =
                        mesh.agent("--node-metadata=API_TOKEN=hidden", "--envoy-log-level=info", "--crash-keep=1")) {
            agent.awaitReady();
            for (var crash = 0; crash < 2; crash++) {
                var before = agent.envoyPid();
                Processes.kill(before);
                agent.await("serving with another Envoy", () -> agent.envoyPid() != before && agent.isReady());
            }

            agent.await("done with both reports", () -> agent.log().split("crash report written", -1).length == 3);
            try (var all = Files.list(folder.resolve("crashes"))) {
                var crashes = all.toList();
                assertThat(crashes).as("the last one").hasSize(1);
                var report = crashes.getFirst();
                assertThat(Files.readString(report.resolve("crash.json")))
                        .contains(
                                "\"status\": 137", "\"reason\": \"signal\"", "\"signal\": 9", "\"restarts_before\": 1")
                        .contains("\"crashes_in_window\": 2", "\"uptime_ms\": ", "\"ready_after_ms\": ");
                assertThat(Files.readString(report.resolve("envoy.log"))).contains(" [info][main] ");
                assertThat(Files.readString(report.resolve("bootstrap.json")))
                        .contains("\"API_TOKEN\": \"***\"", "xds-grpc");
                assertThat(Files.readString(report.resolve("resources.json")))
                        .contains("type.googleapis.com/envoy.config.cluster.v3.Cluster", "\"held\": {");
                assertThat(agent.ask("GET", "/debug/status", "*/*").body()).contains(report.toString());
                try (var list = Mesh.bare(folder, "crashes", "--work-dir=" + folder)) {
                    assertThat(list.awaitExit()).isZero();
                    assertThat(list.log())
                            .hasLineCount(1)
                            .contains("Envoy ended with status 137 (SIGKILL; ", report.toString());
                }
            }
        }
    }

    @Test
    void aCrashFolderThatCannotBeWrittenIsToldOnceAndNothingElseChanges() throws IOException {
        try (var mesh = Mesh.start(folder);
                var agent = mesh.agent("--crash-dir=/proc/outrigger/crashes")) {
            agent.awaitReady();
            var before = agent.envoyPid();

            Processes.kill(before);
            agent.await("serving with another Envoy", () -> agent.envoyPid() != before && agent.isReady());

            agent.await(
                    "done with the report", () -> agent.log().contains("crash report cannot be written folder=/proc"));
            assertThat(agent.log().split("crash report", -1)).as("lines of it").hasSize(1 + 1);
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
