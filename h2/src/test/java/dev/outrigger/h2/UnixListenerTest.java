package dev.outrigger.h2;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(20)
class UnixListenerTest {
    private static final UnixListener.Name NAME = new UnixListener.Name("test socket", "--test-socket");
    private static final int SETTINGS = 4;

    private final MultiThreadIoEventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());

    @TempDir
    Path folder;

    private Path path;

    @BeforeEach
    void choose() {
        path = folder.resolve("sds");
    }

    @AfterEach
    void close() {
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    @Test
    void onlyTheOwnerMayConnectAndNothingElseIsLeftInTheFolder() throws Exception {
        try (var listener = bind(path);
                var _ = serve(listener)) {
            assertThat(permissions(path)).isEqualTo("rw-------");
            assertThat(files()).containsExactly(path);
            assertServes(path);
        }
        assertThat(files()).isEmpty();
    }

    @Test
    void aClientMayConnectAndSpeakBeforeItIsServed() throws Exception {
        try (var listener = bind(path);
                var early = greeted(path);
                var _ = serve(listener)) {
            assertThat(answered(early)).isEqualTo(SETTINGS);
        }
    }

    @Test
    void whoeverWaitsIsToldWhenItIsNeverServed() throws Exception {
        var listener = bind(path);
        try (var early = greeted(path)) {
            listener.close();

            assertThatThrownBy(() -> answered(early)).isInstanceOf(IOException.class);
            assertThat(files()).isEmpty();
        }
    }

    @Test
    void beforeItIsInPlaceOnlyTheOwnerCanReachIt() throws Exception {
        var claimed = SocketPath.claim(NAME, path, "rw-rw-rw-");

        assertThat(permissions(claimed.unpublished().resolveSibling(""))).isEqualTo("rwx------");
        claimed.discard();
        assertThat(files()).isEmpty();
    }

    @Test
    void otherPermissionsMayBeAskedFor() throws Exception {
        try (var _ = UnixListener.bind(NAME, path, "rw-rw-rw-")) {
            assertThat(permissions(path)).isEqualTo("rw-rw-rw-");
        }
    }

    @Test
    void permissionsThatAreNoneAreNamed() {
        assertThatThrownBy(() -> UnixListener.bind(NAME, path, "0600"))
                .isInstanceOf(IOException.class)
                .hasMessage("test socket " + path + ": permissions '0600' are not in the form rw-rw----");
    }

    @Test
    void aMissingFolderIsMade() throws Exception {
        var deep = folder.resolve("run/secrets/sds");
        try (var listener = bind(deep);
                var _ = serve(listener)) {
            assertServes(deep);
        }
    }

    @Test
    void aFolderThatCannotBeMadeIsNamed() throws Exception {
        Files.writeString(path, "precious");

        assertThatThrownBy(() -> bind(path.resolve("sds")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("test socket " + path.resolve("sds"))
                .hasMessageContaining("--test-socket");
    }

    @Test
    void aSocketLeftByADeadAgentIsReplaced() throws Exception {
        try (var dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            dead.bind(UnixDomainSocketAddress.of(path));
        }

        try (var listener = bind(path);
                var _ = serve(listener)) {
            assertServes(path);
        }
    }

    @Test
    void aLiveSocketIsLeftAloneAndTheFixIsNamed() throws Exception {
        try (var listener = bind(path)) {
            assertThatThrownBy(() -> bind(path))
                    .isInstanceOf(IOException.class)
                    .hasMessage("test socket " + path
                            + " is in use by a live process; stop that one or use another path; set --test-socket");

            try (var _ = serve(listener)) {
                assertThatThrownBy(() -> bind(path)).hasMessageContaining("live process");
                assertServes(path);
            }
            assertThat(files()).containsExactly(path);
        }
    }

    @Test
    void aServerThatIsAliveButTooBusyToAcceptIsLeftAlone() throws Exception {
        try (var busy = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            busy.bind(UnixDomainSocketAddress.of(path), 1);

            for (var i = 0; i < 3; i++) {
                assertThatThrownBy(() -> bind(path)).hasMessageContaining("live");
            }
            assertThat(path).exists();
        }
    }

    @Test
    void aPlainFileAndAFolderAreNotDeleted() throws Exception {
        Files.writeString(path, "precious");
        var directory = Files.createDirectory(folder.resolve("dir"));

        assertThatThrownBy(() -> bind(path))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("not a socket")
                .hasMessageContaining("--test-socket");
        assertThatThrownBy(() -> bind(directory)).hasMessageContaining("not a socket");
        assertThat(path).hasContent("precious");
        assertThat(directory).isDirectory();
    }

    @Test
    void aLinkThatLeadsNowhereIsNamed() throws Exception {
        Files.createSymbolicLink(path, folder.resolve("nowhere"));

        assertThatThrownBy(() -> bind(path))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("test socket " + path)
                .hasMessageContaining("link");
    }

    @Test
    void aPathThatIsTooLongIsNamedAndNothingIsLeft() throws Exception {
        var deep = folder.resolve("x".repeat(100));

        assertThatThrownBy(() -> bind(deep.resolve("sds")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("too long for a Unix socket");
        try (var files = Files.list(deep)) {
            assertThat(files).isEmpty();
        }
    }

    @Test
    void closingLeavesTheSocketOfASuccessor() throws Exception {
        var first = bind(path);
        Files.delete(path);
        try (var second = bind(path);
                var _ = serve(second)) {
            first.close();

            assertServes(path);
        }
        assertThat(path).doesNotExist();
    }

    private static UnixListener bind(Path path) throws IOException {
        return UnixListener.bind(NAME, path, "rw-------");
    }

    private H2Server serve(UnixListener listener) throws IOException {
        return listener.serve(loops.next(), H2Options.server(65_535, H2Options.ANY_SIZE), (_, _) -> null);
    }

    private static void assertServes(Path path) throws IOException {
        try (var client = greeted(path)) {
            assertThat(answered(client)).isEqualTo(SETTINGS);
        }
    }

    /// A client that has sent its preface (RFC 9113, 3.4).
    private static SocketChannel greeted(Path path) throws IOException {
        var client = SocketChannel.open(UnixDomainSocketAddress.of(path));
        client.write(ByteBuffer.wrap("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(US_ASCII)));
        client.write(ByteBuffer.wrap(new byte[] {0, 0, 0, SETTINGS, 0, 0, 0, 0, 0}));
        return client;
    }

    /// The type of the first frame that comes.
    private static int answered(SocketChannel client) throws IOException {
        var head = ByteBuffer.allocate(9);
        while (head.hasRemaining()) {
            if (client.read(head) < 0) {
                throw new EOFException("hung up");
            }
        }
        return head.get(3);
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
