package dev.outrigger.agent.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrigger.testkit.FakeWorkloadApi;
import dev.outrigger.testkit.TestCa;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The identity comes from a SPIFFE Workload API.
class WorkloadApiTest {
    @TempDir
    private Path folder;

    @Test
    void anAgentThatIsThereBeforeTheWorkloadApiHealsWhenItComesAndFollowsItsRotations()
            throws IOException, InterruptedException, GeneralSecurityException {
        var socket = folder.resolve("spire.sock");
        try (var mesh = Mesh.start(folder, Mesh::withAHandshakeForEachRequest);
                var agent = mesh.agent("--identity=workload-api", "--spiffe-socket=" + socket)) {
            agent.awaitUnready(
                    "Envoy is PRE_INITIALIZING: it waits for its first clusters, or for endpoints or certificates");
            agent.awaitUnready("socket " + socket + " does not exist");
            agent.await(
                    "telling of the socket",
                    () -> agent.status("identity", "last_error").startsWith("socket " + socket + " does not exist"));
            assertThat(agent.ask("GET", "/debug/certs", "*/*").status()).isEqualTo(503);

            try (var api = FakeWorkloadApi.start(socket, TestCa.create("first"), Mesh.SPIFFE_ID);
                    var traffic = startWhenReady(agent, mesh)) {
                for (var rotation = 0; rotation < 3; rotation++) {
                    var leaf = api.rotate().leaf();
                    traffic.awaitEach(
                            "shown with the new SVID",
                            body -> Mesh.certificate(body).equals(sha256(leaf)));
                }
                traffic.stop();

                assertThat(traffic.failures()).isEmpty();
                assertThat(agent.status("identity", "spiffe_id")).isEqualTo(Mesh.SPIFFE_ID);
            }
        }
    }

    private static Traffic startWhenReady(AgentProcess agent, Mesh mesh) {
        agent.awaitReady();
        return Traffic.start(mesh.outbound(), "/", 4);
    }

    private static String sha256(X509Certificate certificate) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded()));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }
}
