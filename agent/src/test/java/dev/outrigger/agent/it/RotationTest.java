package dev.outrigger.agent.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Certificates replaced while every request makes a TLS handshake of its own.
class RotationTest {
    private static final int ROTATIONS = 25;

    @TempDir
    private Path folder;

    @Test
    void rotationsUnderConstantHandshakesFailNoneAndEachNewCertificateIsServed()
            throws IOException, InterruptedException {
        try (var mesh = Mesh.start(folder, Mesh::withAHandshakeForEachRequest);
                var agent = mesh.agent()) {
            agent.awaitReady();
            var served = new HashSet<String>();
            served.add(Mesh.certificate(mesh.get("/").body()));
            try (var traffic = Traffic.start(mesh.outbound(), "/", 6)) {
                for (var i = 0; i < ROTATIONS; i++) {
                    agent.rotate();
                    traffic.awaitEach(
                            "shown with certificate " + (i + 2), body -> !served.contains(Mesh.certificate(body)));
                    served.add(Mesh.certificate(mesh.get("/").body()));
                }
                traffic.stop();

                assertThat(traffic.failures()).isEmpty();
                assertThat(served).as("certificates seen").hasSize(1 + ROTATIONS);
                assertThat(agent.status("identity", "rotations")).isEqualTo(Integer.toString(1 + ROTATIONS));
                assertThat(counter(mesh, "listener.127.0.0.1_" + mesh.inbound().getPort() + ".ssl.handshake"))
                        .as("handshakes")
                        .isGreaterThanOrEqualTo(traffic.answered());
                assertThat(counter(mesh, "cluster.hello-mtls.upstream_cx_connect_fail"))
                        .isZero();
                assertThat(counter(mesh, "cluster.hello-mtls.ssl.fail_verify_error"))
                        .isZero();
            }
        }
    }

    private static long counter(Mesh mesh, String name) throws IOException {
        var line = mesh.envoy("/stats?filter=^" + name + "$").body().strip();
        assertThat(line).startsWith(name + ": ");
        return Long.parseLong(line.substring(line.lastIndexOf(' ') + 1));
    }
}
