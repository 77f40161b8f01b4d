package dev.outrigger.agent.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrigger.agent.http.LocalHttp;
import dev.outrigger.testkit.Checkout;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `outrigger dev`: everything in one process, from one file.
class DevTest {
    private static final Duration ANSWER = Duration.ofSeconds(10);

    @TempDir
    private Path folder;

    private final InetSocketAddress application = Ports.free();
    private final InetSocketAddress outbound = Ports.free();
    private final InetSocketAddress inbound = Ports.free();
    private final InetSocketAddress status = Ports.free();

    @Test
    void editingTheFileIsAPushAndAMistakeInItCostsNothing() throws Exception {
        var file = Files.writeString(folder.resolve("mesh.yaml"), yaml());
        try (var dev = start(file)) {
            dev.await("ready", () -> dev.log().contains("Ctrl-C drains and stops everything."));

            assertThat(dev.log())
                    .contains(
                            "Envoy became ready in ",
                            "Envoy, listener hello        " + LocalHttp.authority(outbound),
                            "curl -i http://" + LocalHttp.authority(outbound) + "/");
            assertThat(get("/")).contains("URI=" + Mesh.SPIFFE_ID);
            assertThat(get("/greeting")).isEqualTo("Hello from the control plane.\n");

            Files.writeString(file, yaml().replace("Hello from", "Greetings from"));
            dev.await("pushed", () -> get("/greeting").equals("Greetings from the control plane.\n"));
            dev.await("told", () -> dev.log().contains("routes version=2: changed hello"));

            Files.writeString(file, yaml().replace("direct_response:", "direct_reponse:"));
            dev.await("told the mistake", () -> dev.log().contains("is not used as it is now"));
            assertThat(dev.log()).contains("no field direct_reponse", "did you mean direct_response?", file + ":");
            assertThat(get("/greeting")).isEqualTo("Greetings from the control plane.\n");

            dev.terminate();
            assertThat(dev.awaitExit()).isZero();
            assertThat(dev.log()).contains("Envoy drained", "nothing is in flight");
        }
    }

    @Test
    void aBusyPortOfAListenerIsToldBeforeAnythingStarts() throws Exception {
        var file = Files.writeString(folder.resolve("mesh.yaml"), yaml());
        try (var taken = new ServerSocket(inbound.getPort(), 1, inbound.getAddress());
                var dev = start(file)) {
            assertThat(dev.awaitExit()).isEqualTo(1);
            assertThat(dev.log())
                    .isEqualToIgnoringNewLines("outrigger: the address of listener hello-mtls "
                            + LocalHttp.authority(inbound) + " cannot be bound (Address already in use); stop what"
                            + " listens there (ss -ltnp shows it), or change it in " + file);
            assertThat(taken.isBound()).isTrue();
        }
    }

    @Test
    void aBrokenFileIsWrongUsageWithEveryProblem() throws Exception {
        var file = Files.writeString(folder.resolve("mesh.yaml"), "nonsense: 1\nresources: {clusters: [{nam: x}]}\n");
        try (var dev = start(file)) {
            assertThat(dev.awaitExit()).isEqualTo(64);
            assertThat(dev.log()).contains(file + ":1:1: no section nonsense", file + ":2:", "no field nam");
        }
    }

    private AgentProcess start(Path file) throws IOException {
        var arguments = new ArrayList<>(List.of("dev", file.toString(), "--envoy-path=" + Checkout.envoy()));
        for (var address : List.of("readiness", "stats", "admin", "dns")) {
            arguments.add("--" + address + "-address=" + LocalHttp.authority(Ports.free()));
        }
        arguments.add("--status-address=" + LocalHttp.authority(status));
        return AgentProcess.start(folder, status, arguments, Map.of());
    }

    private String yaml() throws IOException {
        return Files.readString(Checkout.root().resolve("examples/hello.yaml"))
                .replace("10080", Integer.toString(application.getPort()))
                .replace("10000", Integer.toString(outbound.getPort()))
                .replace("10001", Integer.toString(inbound.getPort()));
    }

    private String get(String path) {
        try {
            return new LocalHttp(outbound, ANSWER).ask("GET", path).body();
        } catch (IOException e) {
            return String.valueOf(e);
        }
    }
}
