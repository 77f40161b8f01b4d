package dev.outrigger.h2;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.handler.ssl.SslContext;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One connection to a gRPC server: dialed once, never again. Its methods and its listener belong to its loop.
@SuppressWarnings("FutureReturnValueIgnored") // a failed write reaches exceptionCaught
public final class H2Client {
    private final ClientConnection connection;

    private H2Client(ClientConnection connection) {
        this.connection = connection;
    }

    /// Hears of the connection, on its loop.
    public interface Listener {
        /// The other side's host has answered: TCP is connected, TLS and HTTP/2 are not yet.
        default void onReached() {}

        /// Calls may be made.
        void onReady();

        /// No more calls may be made; those under way go on.
        default void onGoAway(String reason) {}

        /// The server does not like the certificate that it was shown; {@link #onClosed} follows.
        ///
        /// @param alert of TLS, for example `unknown_ca`
        default void onCertificateRefused(String alert) {}

        /// It is over, or never came about. Not told after {@link H2Client#close}.
        void onClosed(String reason);
    }

    /// Where to and how.
    ///
    /// @param address of IP, resolved, or of a Unix socket
    /// @param authority `host:port` or a name, for the `:authority` header
    /// @param serverName that the server's certificate must carry; also sent as SNI
    /// @param tls null for plaintext
    public record Target(
            SocketAddress address,
            String authority,
            String serverName,
            @Nullable SslContext tls,
            Duration connectTimeout) {
        /// One to an address that may have to be looked up first, which blocks.
        ///
        /// @param serverName instead of the address's own, for the authority, too
        /// @param pick any number; decides which address when its name has several, so that a fleet spreads
        ///     over them
        /// @throws UnknownHostException when its name does not resolve
        public static Target of(
                InetSocketAddress address,
                Optional<String> serverName,
                @Nullable SslContext tls,
                Duration connectTimeout,
                int pick)
                throws UnknownHostException {
            return new Target(
                    resolved(address, pick),
                    serverName.orElse(authority(address)),
                    serverName.orElse(address.getHostString()),
                    tls,
                    connectTimeout);
        }

        /// `host:port`, an IPv6 address in brackets.
        public static String authority(InetSocketAddress address) {
            var host = address.getHostString();
            return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
        }

        private static InetSocketAddress resolved(InetSocketAddress address, int pick) throws UnknownHostException {
            if (!address.isUnresolved()) {
                return address;
            }
            var all = InetAddress.getAllByName(address.getHostString());
            return new InetSocketAddress(all[Math.floorMod(pick, all.length)], address.getPort());
        }

        private int port() {
            return address instanceof InetSocketAddress internet ? internet.getPort() : 0;
        }
    }

    /// Dials. Returns at once.
    public static H2Client dial(Target target, EventLoop loop, H2Options options, Listener listener) {
        var connection = new ClientConnection(options, target.authority(), target.tls() != null, listener);
        bootstrap(target.address())
                .group(loop)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int)
                        target.connectTimeout().toMillis())
                .option(ChannelOption.WRITE_BUFFER_WATER_MARK, H2Channels.WATER_MARKS)
                .option(ChannelOption.ALLOCATOR, H2Channels.ALLOCATOR)
                .option(ChannelOption.RECVBUF_ALLOCATOR, H2Channels.reads())
                .handler(target.tls() == null ? connection : new Secured(target, target.tls(), connection))
                .connect(target.address())
                .addListener(done -> {
                    if (done.isSuccess()) {
                        listener.onReached();
                    } else {
                        connection.ended(SocketErrors.text(done.cause()));
                    }
                });
        return new H2Client(connection);
    }

    /// Puts TLS before a connection. Not a `ChannelInitializer`: for that one's annotation the JVM makes classes.
    private static final class Secured extends InboundHandler {
        private final Target target;
        private final SslContext tls;
        private final ClientConnection connection;

        Secured(Target target, SslContext tls, ClientConnection connection) {
            this.target = target;
            this.tls = tls;
            this.connection = connection;
        }

        @Override
        public void handlerAdded(ChannelHandlerContext context) {
            var pipeline = context.pipeline();
            pipeline.addLast(tls.newHandler(context.alloc(), target.serverName(), target.port()))
                    .addLast(connection)
                    .remove(this);
        }
    }

    private static Bootstrap bootstrap(SocketAddress address) {
        if (address instanceof DomainSocketAddress) {
            return new Bootstrap().channel(EpollDomainSocketChannel.class);
        }
        return new Bootstrap()
                .channel(EpollSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_KEEPALIVE, true);
    }

    /// Makes a call. The listener may be told of its end at once.
    ///
    /// @param path `/package.Service/Method`
    /// @param headers further ones, in lower case
    public Call call(String path, Map<String, String> headers, CallListener listener) {
        return connection.call(path, headers, listener);
    }

    /// Closes it when the last call has ended; no new ones.
    public void shutdown() {
        connection.shutdown();
    }

    /// Closes it and all calls.
    public void close() {
        connection.shutNow();
    }
}
