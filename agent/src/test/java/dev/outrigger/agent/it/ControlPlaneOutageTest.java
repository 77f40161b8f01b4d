package dev.outrigger.agent.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The control plane goes and comes back.
class ControlPlaneOutageTest {
    @TempDir
    private Path folder;

    @Test
    void anOutageOfTheControlPlaneIsNotNoticedByRequestsAndEndsWithinTwoSeconds()
            throws IOException, InterruptedException {
        try (var mesh = Mesh.start(folder);
                var agent = mesh.agent()) {
            agent.awaitReady();
            var stream = stream(agent);
            try (var traffic = Traffic.start(mesh.outbound(), "/", 4)) {
                mesh.stopControlPlane();
                agent.await(
                        "told of the outage",
                        () -> agent.status("xds", "connected").equals("false"));
                agent.await("told why", () -> agent.status("xds", "last_error").contains("Connection refused"));
                traffic.await(500);

                assertThat(agent.isReady()).isTrue();
                assertThat(stream(agent)).isEqualTo(stream);
                assertThat(mesh.envoy("/stats?filter=^control_plane.connected_state$")
                                .body())
                        .isEqualTo("control_plane.connected_state: 1\n");

                mesh.greet("back again");
                mesh.startControlPlane();
                Eventually.holds(2, () -> mesh.greeting().equals("back again"), agent::log);

                traffic.stop();
                assertThat(traffic.failures()).isEmpty();
                assertThat(agent.status("xds", "connected")).isEqualTo("true");
            }
        }
    }

    /// Which stream Envoy has; the first words of its status.
    private static String stream(AgentProcess agent) {
        var streams = agent.status("xds", "streams");
        assertThat(streams).startsWith("[{id=");
        return streams.substring(0, streams.indexOf(','));
    }
}
