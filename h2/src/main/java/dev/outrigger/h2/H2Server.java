package dev.outrigger.h2;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/// Serves gRPC calls on a Unix socket. All of it happens on one loop.
@SuppressWarnings("FutureReturnValueIgnored") // a failed write reaches exceptionCaught
public final class H2Server implements AutoCloseable {
    private static final long CLOSE_SECONDS = 2;

    private final EventLoop loop;
    private final Channel listening;
    private final Set<ServerConnection> connections; // owned by the loop

    private H2Server(EventLoop loop, Channel listening, Set<ServerConnection> connections) {
        this.loop = loop;
        this.listening = listening;
        this.connections = connections;
    }

    /// Serves a socket that listens.
    ///
    /// @param listening its file descriptor, the server's from now on
    /// @throws IOException when the loop takes no more
    static H2Server serve(int listening, EventLoop loop, H2Options options, CallHandler handler) throws IOException {
        var connections = new HashSet<ServerConnection>();
        var server = new EpollServerDomainSocketChannel(listening, true);
        server.pipeline().addLast(new Acceptor(connection -> {
            connection
                    .config()
                    .setWriteBufferWaterMark(H2Channels.WATER_MARKS)
                    .setAllocator(H2Channels.ALLOCATOR)
                    .setRecvByteBufAllocator(H2Channels.reads());
            connection.config().setOption(ChannelOption.SO_SNDBUF, H2Channels.SEND_BUFFER);
            connection.pipeline().addLast(new ServerConnection(options, handler, connections));
        }));
        var registered = loop.register(server).awaitUninterruptibly();
        if (!registered.isSuccess()) {
            server.unsafe().closeForcibly();
            throw new IOException(SocketErrors.text(registered.cause()), registered.cause());
        }
        return new H2Server(loop, server, connections);
    }

    /// Ends all calls and stops listening, within two seconds. Idempotent. Not to be called on the loop.
    @Override
    public void close() {
        listening.close();
        if (!loop.isShuttingDown()) {
            loop.submit(() -> List.copyOf(connections).forEach(ServerConnection::shutDown))
                    .awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS);
        }
    }
}
