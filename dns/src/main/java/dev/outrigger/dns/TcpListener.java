package dev.outrigger.dns;

import static java.lang.System.Logger.Level.DEBUG;

import dev.outrigger.h2.Acceptor;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import io.netty.handler.codec.LengthFieldPrepender;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Clients that ask over TCP, on all addresses. Bound by the thread that starts the proxy, then owned by
/// the event loop.
final class TcpListener {
    private static final System.Logger log = System.getLogger(TcpListener.class.getName());

    private final EventLoop loop;
    private final ChannelGroup open;
    private final int maxConnections;
    private final Duration idleTimeout;
    private volatile @Nullable Responder responder;
    private final byte[] query = new byte[Datagrams.QUERY_BYTES];
    /// The one that was silent longest is the first.
    private final LinkedHashSet<Channel> connections = new LinkedHashSet<>();

    /// @param open gets each socket, so that its owner can close them
    TcpListener(EventLoop loop, ChannelGroup open, DnsConfig.Listening config) {
        this.loop = loop;
        this.open = open;
        this.maxConnections = config.maxConnections();
        this.idleTimeout = config.idleTimeout();
    }

    /// Binds one more address; reads nothing yet.
    Channel bind(InetSocketAddress address) throws Exception {
        var listening = new EpollServerSocketChannel();
        listening.config().setAutoRead(false);
        listening.pipeline().addLast(new Acceptor(this::accepted));
        var registered = loop.register(listening).awaitUninterruptibly();
        var bound = registered.isSuccess() ? listening.bind(address).awaitUninterruptibly() : registered;
        if (bound.cause() instanceof Exception cause) {
            if (registered.isSuccess()) {
                var _ = listening.close();
            } else {
                listening.unsafe().closeForcibly();
            }
            throw cause;
        }
        open.add(listening);
        return listening;
    }

    /// Begins to answer on the channels that {@link #bind} gave, once they are told to read.
    void serve(Responder with) {
        responder = with;
    }

    private void accepted(Channel channel) {
        var with = responder;
        if (with == null) {
            var _ = channel.close();
            return;
        }
        if (connections.size() >= maxConnections) {
            var silent = connections.removeFirst();
            log.log(DEBUG, "DNS closes a silent connection for a new one limit={0}", String.valueOf(maxConnections));
            var _ = silent.close();
        }
        connections.add(channel);
        open.add(channel);
        var _ = channel.closeFuture().addListener(_ -> connections.remove(channel));
        channel.pipeline()
                .addLast(new IdleStateHandler(0, 0, idleTimeout.toMillis(), TimeUnit.MILLISECONDS))
                .addLast(new LengthFieldBasedFrameDecoder(Datagrams.QUERY_BYTES + 2, 0, 2, 0, 2))
                .addLast(new LengthFieldPrepender(2))
                .addLast(new Stream(with));
    }

    /// Queries on one connection, each behind its length; answers go out as they are found (RFC 7766
    /// section 7).
    private final class Stream extends SimpleChannelInboundHandler<ByteBuf> {
        private final Responder with;

        Stream(Responder with) {
            this.with = with;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, ByteBuf message) {
            int length = message.readableBytes();
            message.readBytes(query, 0, length);
            if (connections.remove(context.channel())) {
                connections.add(context.channel());
            }
            with.onMessage(query, length, new Asker.Connection(context.channel()));
        }

        /// A client that asks and does not read gets no more read from.
        @Override
        public void channelWritabilityChanged(ChannelHandlerContext context) {
            context.channel().config().setAutoRead(context.channel().isWritable());
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event instanceof IdleStateEvent) {
                var _ = context.close();
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            log.log(DEBUG, "DNS closes a connection cause={0}", cause);
            var _ = context.close();
        }
    }
}
