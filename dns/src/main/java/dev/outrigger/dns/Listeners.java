package dev.outrigger.dns;

import dev.outrigger.h2.SocketErrors;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.unix.Errors.NativeIoException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// The sockets clients talk to. Bound first and read later, so that an address that is taken is found
/// before anything is answered. Owned by the thread that starts and stops the proxy.
final class Listeners {
    private static final int FREE_PORT_TRIES = 10;
    private static final int EADDRINUSE = -98;
    private static final int EACCES = -13;

    private final List<EventLoop> loops;
    private final TcpListener tcp;
    private final List<Datagram> datagrams = new ArrayList<>();
    private final List<Channel> streams = new ArrayList<>();

    private record Datagram(EventLoop loop, UdpListener socket) {}

    /// @param loops one for each UDP socket of an address
    Listeners(List<EventLoop> loops, TcpListener tcp) {
        this.loops = loops;
        this.tcp = tcp;
    }

    /// Binds one address for UDP and TCP.
    ///
    /// @throws IOException saying which address and transport, why, and what to do
    void bind(InetSocketAddress address) throws IOException {
        for (int tries = FREE_PORT_TRIES; ; tries--) {
            var sockets = bindDatagrams(address);
            var real = sockets.getFirst().socket().address();
            try {
                streams.add(tcp.bind(real));
                datagrams.addAll(sockets);
                return;
            } catch (Exception e) {
                sockets.forEach(one -> one.socket().close());
                if (address.getPort() != 0 || tries == 1) {
                    throw explained(e, real, "tcp");
                }
            }
        }
    }

    private List<Datagram> bindDatagrams(InetSocketAddress address) throws IOException {
        var sockets = new ArrayList<Datagram>();
        var wanted = address;
        try {
            for (var loop : loops) {
                sockets.add(new Datagram(loop, UdpListener.bind(loop, wanted, loops.size() > 1)));
                wanted = sockets.getFirst().socket().address();
            }
            return sockets;
        } catch (IOException e) {
            sockets.forEach(one -> one.socket().close());
            throw explained(e, wanted, "udp");
        }
    }

    /// The real addresses.
    List<InetSocketAddress> addresses() {
        return streams.stream().map(c -> (InetSocketAddress) c.localAddress()).toList();
    }

    /// Begins to read.
    ///
    /// @param serving what a UDP socket of a loop does
    void serve(Responder streamed, Function<EventLoop, UdpListener.Serving> serving) {
        tcp.serve(streamed);
        datagrams.forEach(one -> one.socket().serve(serving.apply(one.loop())));
        streams.forEach(channel -> channel.config().setAutoRead(true));
    }

    /// Closes the UDP sockets, each on its loop while that runs; the TCP ones are closed by who owns the
    /// channels.
    void close(long limitMillis) {
        for (var one : datagrams) {
            if (one.loop().isShuttingDown()) {
                one.socket().close();
            } else {
                one.loop().submit(one.socket()::close).awaitUninterruptibly(limitMillis);
            }
        }
    }

    private static IOException explained(Exception cause, InetSocketAddress address, String transport) {
        var at = "DNS address " + AddressText.of(List.of(address)) + " (" + transport + ")";
        int error = cause instanceof NativeIoException e ? e.expectedErr() : 0;
        return new IOException(
                switch (error) {
                    case EADDRINUSE -> at + " is in use; free it or set --dns-address";
                    case EACCES -> at + " needs privileges; use a port above 1023 or set --dns-address";
                    default -> at + " cannot be bound (" + SocketErrors.text(cause) + "); set --dns-address";
                },
                cause);
    }
}
