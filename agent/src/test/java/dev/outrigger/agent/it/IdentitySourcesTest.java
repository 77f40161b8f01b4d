package dev.outrigger.agent.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrigger.agent.http.LocalHttp;
import dev.outrigger.testkit.FakeCa;
import dev.outrigger.testkit.TestCa;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The identity comes from a certificate authority, or from files; every request makes a TLS handshake of its
/// own.
class IdentitySourcesTest {
    private static final Duration HOUR = Duration.ofHours(1);

    @TempDir
    private Path folder;

    @Test
    void certificatesOfACaAreServedAndRotatedThroughItsTroubles() throws IOException, InterruptedException {
        var token = folder.resolve("token");
        Files.writeString(token, "the-token");
        var serverRoot = TestCa.create("server root");
        var roots = folder.resolve("ca-roots.pem");
        Files.writeString(roots, serverRoot.rootPem());
        try (var ca = FakeCa.start(
                        TestCa.create("mesh root").intermediate("issuer"),
                        Mesh.SPIFFE_ID,
                        InstantSource.system(),
                        serverRoot.issue("istiod.example", HOUR));
                var mesh = Mesh.start(folder, Mesh::withAHandshakeForEachRequest);
                var agent = mesh.agent(
                        "--identity=ca",
                        "--ca-address=" + LocalHttp.authority(ca.address()),
                        "--ca-roots=" + roots,
                        "--ca-server-name=istiod.example",
                        "--ca-token=" + token,
                        "--ca-timeout=2s")) {
            ca.require("the-token");
            agent.awaitReady();
            var served = new HashSet<String>();
            served.add(Mesh.certificate(mesh.get("/").body()));
            try (var traffic = Traffic.start(mesh.outbound(), "/", 3)) {
                for (var rotation = 0; rotation < 3; rotation++) {
                    agent.rotate();
                    traffic.awaitEach("shown with another one", body -> !served.contains(Mesh.certificate(body)));
                    served.add(Mesh.certificate(mesh.get("/").body()));
                }
                ca.refuse(Status.PERMISSION_DENIED);
                assertThat(agent.ask("POST", "/debug/certs/rotate", "*/*").body())
                        .contains("PERMISSION_DENIED");
                ca.issue();
                ca.hang();
                assertThat(agent.ask("POST", "/debug/certs/rotate", "*/*").body())
                        .contains("no answer within 2000 ms");
                assertThat(agent.status("identity", "last_error")).contains("no answer within 2000 ms");
                ca.issue();
                agent.rotate();
                traffic.awaitEach("shown after the trouble", body -> !served.contains(Mesh.certificate(body)));
                traffic.stop();

                assertThat(traffic.failures()).isEmpty();
                assertThat(agent.status("identity", "spiffe_id")).isEqualTo(Mesh.SPIFFE_ID);
            }
            assertThat(agent.log()).doesNotContain("the-token").doesNotContain("PRIVATE KEY");
        }
    }

    @Test
    void filesThatAreSwappedUnderTrafficAreServed() throws IOException, InterruptedException {
        var authority = TestCa.create("mesh root").intermediate("issuer");
        var volume = folder.resolve("volume");
        mount(volume, authority.issue(Mesh.SPIFFE_ID, HOUR), 0);
        try (var mesh = Mesh.start(folder, Mesh::withAHandshakeForEachRequest);
                var agent = mesh.agent(
                        "--identity=files",
                        "--identity-cert-file=" + volume.resolve("tls.crt"),
                        "--identity-key-file=" + volume.resolve("tls.key"),
                        "--identity-bundle-file=" + volume.resolve("ca.crt"))) {
            agent.awaitReady();
            try (var traffic = Traffic.start(mesh.outbound(), "/", 3)) {
                for (var version = 1; version < 4; version++) {
                    var issued = authority.issue(Mesh.SPIFFE_ID, HOUR);
                    mount(volume, issued, version);
                    traffic.awaitEach(
                            "shown with the new files",
                            body -> Mesh.certificate(body).equals(sha256(issued.leaf())));
                }
                traffic.stop();

                assertThat(traffic.failures()).isEmpty();
            }
        }
    }

    /// As a kubelet does: a new folder, and `..data` moved over to it.
    private static void mount(Path volume, TestCa.Issued issued, int version) throws IOException {
        var data = volume.resolve("..v" + version);
        Files.createDirectories(data);
        Files.writeString(data.resolve("tls.crt"), issued.chainPem());
        Files.writeString(data.resolve("tls.key"), issued.keyPem());
        Files.writeString(data.resolve("ca.crt"), issued.rootPem());
        var fresh = Files.createSymbolicLink(volume.resolve("..tmp"), data.getFileName());
        Files.move(
                fresh, volume.resolve("..data"), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        for (var name : new String[] {"tls.crt", "tls.key", "ca.crt"}) {
            if (version == 0) {
                Files.createSymbolicLink(volume.resolve(name), Path.of("..data", name));
            }
        }
    }

    private static String sha256(X509Certificate certificate) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded()));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }
}
