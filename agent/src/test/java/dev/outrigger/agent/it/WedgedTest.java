package dev.outrigger.agent.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrigger.agent.http.LocalHttp;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Somebody is there and says nothing.
class WedgedTest {
    @TempDir
    private Path folder;

    @Test
    void aControlPlaneThatNeverAnswersIsTheReasonThatTheAgentGives() throws IOException, InterruptedException {
        var address = Ports.free();
        try (var mesh = Mesh.start(folder);
                var silent = new ServerSocket(address.getPort(), 50, address.getAddress());
                var agent = mesh.agent("--control-plane=" + LocalHttp.authority(address))) {
            agent.awaitUnready("Envoy is PRE_INITIALIZING: it waits for its first clusters");
            agent.awaitUnready("xds: ");
            agent.awaitUnready("control plane " + LocalHttp.authority(address));

            try (var wait = mesh.command("wait", "--timeout=1")) {
                assertThat(wait.awaitExit()).isEqualTo(1);
                assertThat(wait.log())
                        .contains("not ready within 1 s", "PRE_INITIALIZING", LocalHttp.authority(address))
                        .hasLineCount(1);
            }
            agent.awaitUnready("no answer within");
            assertThat(silent.isBound()).isTrue();
        }
    }
}
