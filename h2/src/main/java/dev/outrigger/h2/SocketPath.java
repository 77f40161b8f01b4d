package dev.outrigger.h2;

import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/// Where a socket is bound, out of reach, and where it goes.
///
/// @param path absolute
/// @param unpublished in a folder of its own, which only the owner may enter
/// @param permissions it has before it is reached
record SocketPath(Path path, Path unpublished, Set<PosixFilePermission> permissions) {
    private static final int MOST_BYTES = 107; // unix(7), sun_path without its end
    private static final int MOST_TRIES = 10_000;
    private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    /// Makes sure that the path is free for us, and the folder to bind in.
    static SocketPath claim(UnixListener.Name name, Path path, String permissions) throws IOException {
        var parsed = parse(name, path, permissions);
        var absolute = path.toAbsolutePath();
        requireFree(name, absolute);
        var claimed = new SocketPath(absolute, privateFolder(name, absolute).resolve("s"), parsed);
        var tooLong = claimed.bytes() - MOST_BYTES;
        if (tooLong > 0) {
            claimed.discard();
            throw name.unusable(path, "is " + tooLong + " bytes too long for a Unix socket", null);
        }
        return claimed;
    }

    /// Lets clients see what listens.
    void publish() throws IOException {
        Files.setPosixFilePermissions(unpublished, permissions);
        Files.move(unpublished, path, StandardCopyOption.ATOMIC_MOVE);
    }

    /// Removes what is not published.
    void discard() throws IOException {
        Files.deleteIfExists(unpublished);
        Files.deleteIfExists(unpublished.getParent());
    }

    private int bytes() {
        return unpublished.toString().getBytes(StandardCharsets.UTF_8).length;
    }

    private static Path privateFolder(UnixListener.Name name, Path path) throws IOException {
        try {
            var parent = Files.createDirectories(path.getParent());
            return fresh(parent);
        } catch (IOException e) {
            throw name.unusable(path, "cannot be made: " + e, e);
        }
    }

    /// Whoever makes it owns it: a name that cannot be guessed, for which the JVM would load its providers of
    /// cryptography (6 ms of a start), would add nothing.
    private static Path fresh(Path parent) throws IOException {
        for (int i = 0; ; i++) {
            try {
                return Files.createDirectory(parent.resolve("." + i), OWNER_ONLY);
            } catch (FileAlreadyExistsException e) {
                if (i == MOST_TRIES) {
                    throw e;
                }
            }
        }
    }

    private static Set<PosixFilePermission> parse(UnixListener.Name name, Path path, String permissions)
            throws IOException {
        try {
            return PosixFilePermissions.fromString(permissions);
        } catch (IllegalArgumentException e) {
            throw new IOException(
                    name.what() + " " + path + ": permissions '" + permissions + "' are not in the form rw-rw----", e);
        }
    }

    private static void requireFree(UnixListener.Name name, Path path) throws IOException {
        if (Files.notExists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (Files.notExists(path)) {
            throw name.unusable(path, "is a link that leads nowhere; remove it", null);
        }
        if (!Files.readAttributes(path, BasicFileAttributes.class).isOther()) {
            throw name.unusable(path, "is a file or a directory, not a socket", null);
        }
        if (isLive(name, path)) {
            throw name.unusable(path, "is in use by a live process; stop that one or use another path", null);
        }
    }

    private static boolean isLive(UnixListener.Name name, Path path) throws IOException {
        try (var probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            probe.configureBlocking(false);
            probe.connect(UnixDomainSocketAddress.of(path));
            return true;
        } catch (ConnectException _) {
            return false;
        } catch (IOException e) {
            throw name.unusable(path, "exists and cannot be asked whether it is alive: " + e, e);
        }
    }
}
