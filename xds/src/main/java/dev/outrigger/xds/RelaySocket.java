package dev.outrigger.xds;

import dev.outrigger.h2.CallHandler;
import dev.outrigger.h2.H2Options;
import dev.outrigger.h2.H2Server;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;

/// Binds the Unix socket that clients dial.
final class RelaySocket {
    /// What a client may send on a stream before the control plane can take it.
    private static final int WINDOW = 1 << 18;

    private RelaySocket() {}

    /// Serves `path`. The socket is bound in a private folder and moved to its place with its permissions set, so
    /// nobody else can ever connect, and a socket left by a dead agent is replaced in one step.
    ///
    /// @throws IOException when somebody listens there or it cannot be bound; what, where and how to fix it
    static H2Server serve(Path path, String permissions, EventLoop loop, CallHandler handler) throws IOException {
        requireFree(path);
        Path folder;
        try {
            folder = Files.createTempDirectory(path.toAbsolutePath().getParent(), ".x");
        } catch (IOException e) {
            throw new IOException(
                    "xDS socket " + path + ": its folder cannot be written (" + e + "); create it or set --xds-socket",
                    e);
        }
        var bound = folder.resolve("s");
        H2Server server = null;
        try {
            server = H2Server.serve(bound, loop, H2Options.server(WINDOW, H2Options.ANY_SIZE), handler);
            Files.setPosixFilePermissions(bound, PosixFilePermissions.fromString(permissions));
            Files.move(bound, path, StandardCopyOption.ATOMIC_MOVE);
            return server;
        } catch (IOException | IllegalArgumentException e) {
            if (server != null) {
                server.close();
            }
            throw new IOException(
                    "xDS socket " + path + " with permissions " + permissions + " cannot be bound (" + e.getMessage()
                            + "); set --xds-socket to a path below 90 bytes on a writable file system",
                    e);
        } finally {
            Files.deleteIfExists(bound);
            Files.deleteIfExists(folder);
        }
    }

    private static void requireFree(Path path) throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (!Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .isOther()) {
            throw new IOException("xDS socket " + path + " is a file of another kind; remove it or set --xds-socket");
        }
        try (var probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            probe.connect(UnixDomainSocketAddress.of(path));
        } catch (IOException e) {
            return; // nobody listens: a socket left behind
        }
        throw new IOException("xDS socket " + path + " is in use by a live process; stop it or set --xds-socket");
    }
}
