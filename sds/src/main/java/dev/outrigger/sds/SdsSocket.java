package dev.outrigger.sds;

import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The file of a listening Unix socket. It is bound in a folder that only the owner may enter, and moved into place
/// once
/// it has its permissions and accepts; so nobody else can ever connect, clients never meet a half-ready one, and a
/// stale
/// one is replaced in one step.
///
/// Owned by the thread that starts and closes the server.
final class SdsSocket {
    private static final int MOST_BYTES = 107;

    private final Path path;
    private final Path unpublished;
    private final Set<PosixFilePermission> permissions;
    private @Nullable Object published;

    private SdsSocket(Path path, Path privateFolder, Set<PosixFilePermission> permissions) {
        this.path = path;
        this.unpublished = privateFolder.resolve("s");
        this.permissions = permissions;
    }

    /// Makes sure that the path is free for us.
    static SdsSocket claim(Path path, String permissions) throws IOException {
        var parsed = parse(path, permissions);
        var absolute = path.toAbsolutePath();
        checkFree(absolute);
        var socket = new SdsSocket(absolute, privateFolder(absolute), parsed);
        try {
            socket.checkLength();
        } catch (IOException e) {
            socket.discard();
            throw e;
        }
        return socket;
    }

    /// Where to bind.
    Path unpublished() {
        return unpublished;
    }

    /// Lets clients see it; after the server has bound it.
    void publish() throws IOException {
        try {
            Files.setPosixFilePermissions(unpublished, permissions);
            published = key(unpublished);
            Files.move(unpublished, path, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw unusable(path, "cannot be put in place: " + e, e);
        } finally {
            discard();
        }
    }

    /// Removes what is not published.
    void discard() throws IOException {
        Files.deleteIfExists(unpublished);
        Files.deleteIfExists(unpublished.getParent());
    }

    /// Removes the file if it is still ours and no successor's; while the server is still listening, because the system
    /// may give the same file key away afterwards.
    void unpublish() throws IOException {
        if (published != null && Files.exists(path, LinkOption.NOFOLLOW_LINKS) && published.equals(key(path))) {
            Files.delete(path);
        }
        published = null;
    }

    IOException unusable(String why, @Nullable Throwable cause) {
        return unusable(path, why, cause);
    }

    private static IOException unusable(Path path, String why, @Nullable Throwable cause) {
        return new IOException("SDS socket " + path + " " + why + "; set --sds-socket", cause);
    }

    private static Path privateFolder(Path path) throws IOException {
        try {
            var parent = Files.createDirectories(path.getParent());
            return Files.createTempDirectory(parent, ".");
        } catch (IOException e) {
            throw unusable(path, "cannot be made: " + e, e);
        }
    }

    private static Set<PosixFilePermission> parse(Path path, String permissions) throws IOException {
        try {
            return PosixFilePermissions.fromString(permissions);
        } catch (IllegalArgumentException e) {
            throw new IOException(
                    "SDS socket " + path + ": permissions '" + permissions + "' are not in the form rw-rw----", e);
        }
    }

    private void checkLength() throws IOException {
        var bytes = unpublished.toString().getBytes(StandardCharsets.UTF_8).length;
        if (bytes > MOST_BYTES) {
            throw unusable("is " + (bytes - MOST_BYTES) + " bytes too long for a Unix socket", null);
        }
    }

    private static void checkFree(Path path) throws IOException {
        if (Files.notExists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (Files.notExists(path)) {
            throw unusable(path, "is a link that leads nowhere; remove it", null);
        }
        if (!Files.readAttributes(path, BasicFileAttributes.class).isOther()) {
            throw unusable(path, "is a file or a directory, not a socket", null);
        }
        if (isLive(path)) {
            throw unusable(path, "is in use by a server that is alive; stop that one or use another path", null);
        }
    }

    private static boolean isLive(Path path) throws IOException {
        try (var probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            probe.configureBlocking(false);
            probe.connect(UnixDomainSocketAddress.of(path));
            return true;
        } catch (ConnectException _) {
            return false;
        } catch (IOException e) {
            throw unusable(path, "exists and cannot be asked whether it is alive: " + e, e);
        }
    }

    private static Object key(Path file) throws IOException {
        var key = Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .fileKey();
        return key == null ? file : key;
    }
}
