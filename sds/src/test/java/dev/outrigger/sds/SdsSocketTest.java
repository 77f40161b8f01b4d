package dev.outrigger.sds;

import static dev.outrigger.sds.TestService.names;
import static dev.outrigger.sds.TestService.want;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.outrigger.testkit.TestCa;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SdsSocketTest {
    @TempDir
    Path folder;

    private final TestSds sds = new TestSds();
    private Path socket;

    @BeforeEach
    void publish() {
        socket = folder.resolve("sds");
        sds.identity.publish(TestIdentities.of(TestCa.create("root")));
    }

    @AfterEach
    void close() {
        sds.close();
    }

    @Test
    void onlyTheOwnerMayConnectAndNothingElseIsLeftInTheFolder() throws Exception {
        try (var _ = sds.serve(socket)) {
            assertThat(permissions(socket)).isEqualTo("rw-------");
            assertThat(files()).containsExactly(socket);
        }
        assertThat(files()).isEmpty();
    }

    @Test
    void beforeItIsInPlaceOnlyTheOwnerCanReachIt() throws Exception {
        var claimed = SdsSocket.claim(socket, "rw-rw-rw-");

        assertThat(permissions(claimed.unpublished().resolveSibling(""))).isEqualTo("rwx------");
        claimed.discard();
        assertThat(files()).isEmpty();
    }

    @Test
    void otherPermissionsAreTakenFromTheConfiguration() throws Exception {
        try (var _ = sds.serve(new SdsConfig(socket, "rw-rw-rw-", "default", "ROOTCA", "ALL", SdsConfig.Trust.CA))) {
            assertThat(permissions(socket)).isEqualTo("rw-rw-rw-");
        }
    }

    @Test
    void permissionsThatAreNoneAreNamed() {
        assertThatThrownBy(
                        () -> sds.serve(new SdsConfig(socket, "0600", "default", "ROOTCA", "ALL", SdsConfig.Trust.CA)))
                .isInstanceOf(IOException.class)
                .hasMessage("SDS socket " + socket + ": permissions '0600' are not in the form rw-rw----");
    }

    @Test
    void aMissingFolderIsMade() throws Exception {
        var deep = folder.resolve("run/secrets/sds");
        try (var _ = sds.serve(deep)) {
            assertServes(deep);
        }
    }

    @Test
    void aSocketLeftByADeadAgentIsReplaced() throws Exception {
        leaveDeadSocket(socket);

        try (var _ = sds.serve(socket)) {
            assertServes(socket);
        }
    }

    @Test
    void aLiveSocketIsLeftAloneAndTheFixIsNamed() throws Exception {
        try (var _ = sds.serve(socket)) {
            assertThatThrownBy(() -> sds.serve(socket))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(socket + " is in use by a server that is alive")
                    .hasMessageContaining("--sds-socket");

            assertServes(socket);
            assertThat(files()).containsExactly(socket);
        }
    }

    @Test
    void aServerThatIsAliveButTooBusyToAcceptIsLeftAlone() throws Exception {
        try (var busy = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            busy.bind(UnixDomainSocketAddress.of(socket), 1);

            assertThatThrownBy(() -> sds.serve(socket)).hasMessageContaining("alive");
            assertThatThrownBy(() -> sds.serve(socket)).hasMessageContaining("alive");
            assertThatThrownBy(() -> sds.serve(socket)).hasMessageContaining("alive");
            assertThat(socket).exists();
        }
    }

    @Test
    void aPlainFileAndAFolderAreNotDeleted() throws Exception {
        Files.writeString(socket, "precious");
        var directory = Files.createDirectory(folder.resolve("dir"));

        assertThatThrownBy(() -> sds.serve(socket))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("not a socket")
                .hasMessageContaining("--sds-socket");
        assertThatThrownBy(() -> sds.serve(directory)).hasMessageContaining("not a socket");
        assertThat(socket).hasContent("precious");
        assertThat(directory).isDirectory();
    }

    @Test
    void aLinkThatLeadsNowhereIsNamed() throws Exception {
        Files.createSymbolicLink(socket, folder.resolve("nowhere"));

        assertThatThrownBy(() -> sds.serve(socket))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("SDS socket " + socket)
                .hasMessageContaining("link");
    }

    @Test
    void aPathThatIsTooLongIsNamedAndNothingIsLeft() throws Exception {
        var deep = folder.resolve("x".repeat(100));

        assertThatThrownBy(() -> sds.serve(deep.resolve("sds")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("too long for a Unix socket");
        try (var files = Files.list(deep)) {
            assertThat(files).isEmpty();
        }
    }

    @Test
    void closingLeavesTheSocketOfASuccessor() throws Exception {
        var server = sds.serve(socket);
        Files.delete(socket);
        try (var _ = sds.serve(socket)) {
            server.close();

            assertServes(socket);
        }
        assertThat(socket).doesNotExist();
    }

    private void assertServes(Path path) throws InterruptedException {
        var client = sds.sotw(path);
        client.send(want("default"));
        assertThat(names(client.next())).containsExactly("default");
    }

    private static void leaveDeadSocket(Path path) throws IOException {
        try (var dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            dead.bind(UnixDomainSocketAddress.of(path));
        }
    }

    private static String permissions(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    private List<Path> files() throws IOException {
        try (var files = Files.list(folder)) {
            return files.toList();
        }
    }
}
