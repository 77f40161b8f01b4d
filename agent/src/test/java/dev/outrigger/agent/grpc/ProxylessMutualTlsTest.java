package dev.outrigger.agent.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Real xDS clients and servers of grpc-java that take their certificates from the agent's files.
class ProxylessMutualTlsTest {
    private static final String ID = "spiffe://example.org/greeter";

    @TempDir
    Path folder;

    @Test
    void bothSidesTakeARotatedCertificateAndNoCallIsLost() throws Exception {
        try (var mesh = Mesh.mutualTls(ID, ID);
                var agent = start(mesh);
                var proxyless = Proxyless.of(folder.resolve("grpc-bootstrap.json"))) {
            mesh.publish(proxyless.server("one"));
            var client = proxyless.client("greeter");
            var before = Greeting.ask(client).split(" ", -1);

            assertThat(agent.post("/debug/certs/rotate")).contains(ID);

            Eventually.answers(
                    () -> Greeting.ask(client), answer -> !answer.contains(before[1]) && !answer.contains(before[2]));
            assertThat(before).hasSize(3).startsWith("one");
            assertThat(mesh.refused()).isEmpty();
        }
    }

    @Test
    void aClientDoesNotTalkToAServerOfAnotherName() throws Exception {
        try (var mesh = Mesh.mutualTls(ID, "spiffe://example.org/another");
                var _ = start(mesh);
                var proxyless = Proxyless.of(folder.resolve("grpc-bootstrap.json"))) {
            mesh.publish(proxyless.server("one"));
            var client = proxyless.client("greeter");

            assertRefused(Status.Code.UNAVAILABLE, () -> Greeting.ask(client));
        }
    }

    @Test
    void aServerDoesNotAdmitAClientOfAnotherName() throws Exception {
        try (var mesh = Mesh.mutualTls("spiffe://example.org/another", ID);
                var _ = start(mesh);
                var proxyless = Proxyless.of(folder.resolve("grpc-bootstrap.json"))) {
            mesh.publish(proxyless.server("one"));
            var client = proxyless.client("greeter");

            assertRefused(Status.Code.PERMISSION_DENIED, () -> Greeting.ask(client));
        }
    }

    @Test
    void theFilesAreThereWhenTheAgentIsReadyAndTheKeyIsTheOwnersAlone() throws Exception {
        try (var mesh = Mesh.plaintext();
                var _ = start(mesh)) {
            var credentials = folder.resolve("workload-credentials");

            assertThat(permissions(credentials.resolve("key.pem"))).isEqualTo("rw-------");
            assertThat(permissions(credentials.resolve("cert-chain.pem"))).isEqualTo("rw-r--r--");
            assertThat(permissions(credentials.resolve("roots.pem"))).isEqualTo("rw-r--r--");
        }
    }

    private RunningAgent start(Mesh mesh) throws Exception {
        return RunningAgent.start(
                folder, mesh.address(), "--identity=dev-ca", "--spiffe-id=" + ID, "--grpc-credentials=on");
    }

    private static void assertRefused(Status.Code code, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        e -> assertThat(e.getStatus().getCode()).isEqualTo(code));
    }

    private static String permissions(Path file) throws Exception {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }
}
