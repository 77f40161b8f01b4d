package dev.outrigger.h2;

import io.netty.channel.EventLoop;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/// A Unix socket that listens, and its file. It is bound in a folder that only the owner may enter, and moved
/// into place once it has its permissions and listens; so nobody else can ever connect, clients never meet a
/// half-ready one, and a stale one is replaced in one step.
///
/// Clients may connect from then on; the kernel holds them, and what they say, until somebody serves. So they can
/// be started before their server is.
///
/// Owned by the thread that starts and closes the server.
public final class UnixListener implements AutoCloseable {
    private static final int BACKLOG = 128;

    static {
        Epoll.ensureAvailability(); // loads the library that sockets need, or waits for who does
    }

    private final Name name;
    private final Path path;
    private final Socket socket;
    private final Object file;
    private boolean served;
    private boolean published = true;

    /// How errors call it.
    ///
    /// @param what as in "SDS socket"
    /// @param flag which setting has another path
    public record Name(String what, String flag) {
        IOException unusable(Path path, String why, @Nullable Throwable cause) {
            return new IOException(what + " " + path + " " + why + "; set " + flag, cause);
        }
    }

    private UnixListener(Name name, Path path, Socket socket, Object file) {
        this.name = name;
        this.path = path;
        this.socket = socket;
        this.file = file;
    }

    /// Listens. Missing folders are made.
    ///
    /// @param permissions in the form `rw-rw----`
    /// @throws IOException when the path cannot be had, for example because a live server has it, or bound; what,
    ///     where and how to fix it
    public static UnixListener bind(Name name, Path path, String permissions) throws IOException {
        var place = SocketPath.claim(name, path, permissions);
        var socket = Socket.newSocketDomain();
        try {
            socket.bind(new DomainSocketAddress(place.unpublished().toString()));
            socket.listen(BACKLOG);
            var file = key(place.unpublished());
            place.publish();
            return new UnixListener(name, place.path(), socket, file);
        } catch (IOException e) {
            socket.close();
            throw name.unusable(path, "cannot be put in place: " + e, e);
        } finally {
            place.discard();
        }
    }

    /// Serves what has connected and what will. Once; from then on the server has the socket, and this the file.
    ///
    /// @param loop all of it happens here
    /// @throws IOException when the loop takes no more
    public H2Server serve(EventLoop loop, H2Options options, CallHandler handler) throws IOException {
        served = true;
        try {
            return H2Server.serve(socket.intValue(), loop, options, handler);
        } catch (IOException e) {
            throw name.unusable(path, "cannot be served: " + e.getMessage(), e);
        }
    }

    /// Removes the file if it is still ours and no successor's, and the socket unless a server has it. To be
    /// called while that server is still listening, because the system may give the same file key away
    /// afterwards. Idempotent.
    ///
    /// @throws IOException when the file stays behind
    @Override
    public void close() throws IOException {
        if (!published) {
            return;
        }
        published = false;
        try {
            if (Files.exists(path, LinkOption.NOFOLLOW_LINKS) && file.equals(key(path))) {
                Files.delete(path);
            }
        } finally {
            if (!served) {
                socket.close();
            }
        }
    }

    private static Object key(Path file) throws IOException {
        var key = Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .fileKey();
        return key == null ? file : key;
    }
}
