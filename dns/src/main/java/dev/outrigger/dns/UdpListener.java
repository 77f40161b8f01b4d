package dev.outrigger.dns;

import static java.lang.System.Logger.Level.DEBUG;
import static java.lang.System.Logger.Level.WARNING;

import io.netty.channel.EventLoop;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.epoll.LinuxSocket;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/// One socket on which clients ask by datagrams. Bound by the thread that starts the proxy, then owned by
/// the event loop.
final class UdpListener implements EpollIoHandle, Datagrams.Client {
    private static final System.Logger log = System.getLogger(UdpListener.class.getName());
    /// After so many reads other sockets of the loop have their turn.
    private static final int READS_AT_ONCE = 4;

    private final EventLoop loop;
    private final LinuxSocket socket;
    private @Nullable IoRegistration registration;
    private @Nullable Serving serving;
    private boolean closed;

    /// Who answers, and how datagrams come and go. All sockets of one loop share one.
    static final class Serving {
        private final Responder responder;
        private final Scratch outgoing;
        private final Batching batching;

        /// @param outgoing of the loop that forwards
        Serving(Responder responder, Scratch outgoing, Batching batching) {
            this.responder = responder;
            this.outgoing = outgoing;
            this.batching = batching;
        }
    }

    private UdpListener(EventLoop loop, LinuxSocket socket) {
        this.loop = loop;
        this.socket = socket;
    }

    /// Binds.
    ///
    /// @param shared whether further sockets will be bound to the same address
    static UdpListener bind(EventLoop loop, InetSocketAddress address, boolean shared) throws IOException {
        var socket = LinuxSocket.newSocketDgram(address.getAddress() instanceof Inet6Address);
        try {
            socket.setReusePort(shared);
            socket.bind(address);
            return new UdpListener(loop, socket);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    InetSocketAddress address() {
        return socket.localAddress();
    }

    /// Begins to read. Any thread.
    void serve(Serving with) {
        loop.execute(() -> {
            serving = with;
            if (!closed) {
                ((IoEventLoop) loop).register(this).addListener(future -> {
                    if (future.isSuccess() && future.getNow() instanceof IoRegistration registered) {
                        registration = registered;
                        registered.submit(EpollIoOps.EPOLLIN);
                    } else {
                        log.log(WARNING, "DNS cannot read from socket={0} cause={1}", socket, future.cause());
                    }
                });
            }
        });
    }

    @Override
    public FileDescriptor fd() {
        return socket;
    }

    @Override
    public void handle(IoRegistration registered, IoEvent event) {
        var with = serving;
        if (with == null || closed) {
            return;
        }
        try {
            int reads = 0;
            int taken = Datagrams.MOST;
            while (taken == Datagrams.MOST && reads++ < READS_AT_ONCE) {
                taken = with.batching.now().serve(socket, this);
                with.batching.served(taken);
            }
        } catch (IOException e) {
            log.log(DEBUG, "DNS lost a datagram cause={0}", e);
        }
    }

    @Override
    public int answer(byte[] message, int length, byte[] into) {
        var with = serving;
        try {
            return with == null ? Responder.NOTHING : with.responder.respond(message, length, false, into);
        } catch (RuntimeException e) {
            log.log(WARNING, "DNS cannot answer a query, please report", e);
            return Responder.NOTHING;
        }
    }

    @Override
    public void later(InetSocketAddress sender) {
        var with = serving;
        if (with != null) {
            with.responder.later(new Asker.Datagram(socket, sender, with.outgoing));
        }
    }

    /// Stops. On the loop, or before it serves.
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (registration != null) {
            registration.cancel();
        }
        try {
            socket.close();
        } catch (IOException e) {
            log.log(DEBUG, "DNS cannot close a socket cause={0}", e);
        }
    }
}
