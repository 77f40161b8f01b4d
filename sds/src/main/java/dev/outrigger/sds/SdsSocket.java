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

/// The file of a listening Unix socket. It is bound under a neighbouring name and moved into place once it has its
/// permissions and accepts, so that clients never meet a half-ready one and a stale one is replaced in one step.
///
/// Owned by the thread that starts and closes the server.
final class SdsSocket {
    private static final int MOST_BYTES = 107;

    private final Path path;
    private final Path unpublished;
    private final Set<PosixFilePermission> permissions;
    private @Nullable Object published;

    private SdsSocket(Path path, Set<PosixFilePermission> permissions) {
        this.path = path;
        this.unpublished = path.resolveSibling(
                path.getFileName() + "." + Long.toString(ProcessHandle.current().pid(), 36));
        this.permissions = permissions;
    }

    /// Makes sure that the path is free for us.
    static SdsSocket claim(Path path, String permissions) throws IOException {
        var socket = new SdsSocket(path.toAbsolutePath(), parse(path, permissions));
        socket.checkLength();
        socket.checkFree();
        try {
            Files.createDirectories(socket.path.getParent());
            Files.deleteIfExists(socket.unpublished);
        } catch (IOException e) {
            throw socket.unusable("cannot be made: " + e, e);
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
            throw unusable("cannot be put in place: " + e, e);
        }
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
        return new IOException("SDS socket " + path + " " + why + "; set --sds-socket", cause);
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

    private void checkFree() throws IOException {
        if (Files.notExists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (!Files.readAttributes(path, BasicFileAttributes.class).isOther()) {
            throw unusable("is a file or a directory, not a socket", null);
        }
        if (isLive()) {
            throw unusable("is in use by a server that is alive; stop that one or use another path", null);
        }
    }

    private boolean isLive() throws IOException {
        try (var probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            probe.configureBlocking(false);
            probe.connect(UnixDomainSocketAddress.of(path));
            return true;
        } catch (ConnectException _) {
            return false;
        } catch (IOException e) {
            throw unusable("exists and cannot be asked whether it is alive: " + e, e);
        }
    }

    private static Object key(Path file) throws IOException {
        var key = Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .fileKey();
        return key == null ? file : key;
    }
}
