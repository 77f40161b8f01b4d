package dev.outrigger.dns;

import static java.lang.System.Logger.Level.DEBUG;

import dev.outrigger.dns.DnsMetrics.Failure;
import dev.outrigger.h2.SocketErrors;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.epoll.LinuxSocket;
import io.netty.channel.unix.FileDescriptor;
import io.netty.util.collection.IntObjectHashMap;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// One connected socket to one nameserver: its port is random, chosen by the kernel, which lets in
/// datagrams of that server only and tells at once when nobody listens there. Questions are told apart by
/// their random IDs. Owned by the event loop.
final class UdpUpstream implements EpollIoHandle {
    private static final System.Logger log = System.getLogger(UdpUpstream.class.getName());
    private static final int READS_AT_ONCE = 64;

    private final EventLoop loop;
    private final LinuxSocket socket;
    private final Scratch scratch;
    private final DnsMetrics metrics;
    private final IntObjectHashMap<Attempt> waiting = new IntObjectHashMap<>();
    private final int localPort;
    private @Nullable IoRegistration registration;
    private boolean closed;
    private int asked;

    private UdpUpstream(EventLoop loop, LinuxSocket socket, int localPort, Scratch scratch, DnsMetrics metrics) {
        this.loop = loop;
        this.socket = socket;
        this.localPort = localPort;
        this.scratch = scratch;
        this.metrics = metrics;
    }

    /// @throws IOException when there is no way to the server, or no descriptor is left
    static UdpUpstream connect(EventLoop loop, InetSocketAddress server, Scratch scratch, DnsMetrics metrics)
            throws IOException {
        var socket = LinuxSocket.newSocketDgram(server.getAddress() instanceof Inet6Address);
        try {
            var _ = socket.connect(server);
            var opened = new UdpUpstream(loop, socket, socket.localAddress().getPort(), scratch, metrics);
            var _ = ((IoEventLoop) loop).register(opened).addListener((Future<IoRegistration> registering) -> {
                if (registering.isSuccess()) {
                    opened.registered(registering.getNow());
                } else {
                    opened.closeNow("cannot be watched: " + registering.cause());
                }
            });
            return opened;
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    private void registered(IoRegistration with) {
        registration = with;
        if (closed) {
            with.cancel();
        } else {
            with.submit(EpollIoOps.EPOLLIN);
        }
    }

    /// Sends a question under an ID that is not in use here.
    ///
    /// @param make makes the attempt of its ID
    void ask(java.util.function.IntFunction<Attempt> make, RandomGenerator random) {
        int id = random.nextInt(1 << 16);
        while (waiting.containsKey(id)) {
            id = random.nextInt(1 << 16);
        }
        int unused = id;
        var attempt = make.apply(unused);
        asked++;
        waiting.put(unused, attempt);
        attempt.await(loop, () -> waiting.remove(unused));
        var message = attempt.question.message();
        scratch.direct().clear().put(message);
        try {
            int sent = socket.send(scratch.direct(), 0, message.length);
            if (sent <= 0) {
                attempt.fail(Failure.UNREACHABLE, "the kernel takes no more datagrams");
            }
        } catch (IOException e) {
            attempt.fail(Failure.UNREACHABLE, SocketErrors.text(e));
        }
    }

    boolean isIdle() {
        return waiting.isEmpty();
    }

    boolean isOpen() {
        return !closed;
    }

    /// Questions so far.
    int asked() {
        return asked;
    }

    int localPort() {
        return localPort;
    }

    /// The attempt that waits under this ID.
    @Nullable
    Attempt waiting(int id) {
        return waiting.get(id);
    }

    @Override
    public FileDescriptor fd() {
        return socket;
    }

    @Override
    public void handle(IoRegistration registered, IoEvent event) {
        try {
            for (int i = 0; i < READS_AT_ONCE && !closed; i++) {
                int length = socket.recv(scratch.direct(), 0, scratch.direct().capacity());
                if (length == 0) {
                    return;
                }
                if (length > 0) {
                    scratch.direct().get(0, scratch.array(), 0, length);
                    received(length);
                }
            }
        } catch (IOException e) {
            closeNow(SocketErrors.text(e));
        }
    }

    private void received(int length) {
        var attempt = length < Wire.HEADER_BYTES ? null : waiting.get(Wire.u16(scratch.array(), 0));
        if (attempt == null || !attempt.receive(scratch.array(), length)) {
            metrics.foreign();
        }
    }

    /// Everything that waits here fails.
    private void closeNow(String reason) {
        close();
        new ArrayList<>(waiting.values()).forEach(attempt -> attempt.fail(Failure.UNREACHABLE, reason));
    }

    /// Nothing that waits here is told.
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
