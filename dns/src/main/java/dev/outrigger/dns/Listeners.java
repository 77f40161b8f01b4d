package dev.outrigger.dns;

import static java.lang.System.Logger.Level.DEBUG;
import static java.lang.System.Logger.Level.WARNING;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.unix.Errors.NativeIoException;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import io.netty.handler.codec.LengthFieldPrepender;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The sockets clients talk to. Bound first and read later, so that an address that is taken is found before
/// anything is answered. The lists are owned by the thread that starts the proxy, the count of connections by
/// the event loop.
final class Listeners {
    private static final System.Logger log = System.getLogger(Listeners.class.getName());
    private static final int MAX_QUERY_BYTES = 4096;
    private static final int DATAGRAM_BYTES = 2048;
    private static final int DATAGRAMS_PER_READ = 32;
    private static final int MAX_CONNECTIONS = 256;
    private static final int IDLE_SECONDS = 30;
    private static final int FREE_PORT_TRIES = 10;
    private static final int EADDRINUSE = -98;
    private static final int EACCES = -13;

    private final EventLoop loop;
    private final ChannelGroup open;
    private final List<Channel> datagrams = new ArrayList<>();
    private final List<Channel> streams = new ArrayList<>();
    private volatile @Nullable Responder responder;
    private int connections;

    /// @param open gets each socket, so that its owner can close them
    Listeners(EventLoop loop, ChannelGroup open) {
        this.loop = loop;
        this.open = open;
    }

    /// Binds one address for UDP and TCP.
    ///
    /// @throws IOException saying which address and transport, why, and what to do
    void bind(InetSocketAddress address) throws IOException {
        for (int tries = FREE_PORT_TRIES; ; tries--) {
            var datagram = bound(datagramSocket().bind(address), address, "udp");
            var real = (InetSocketAddress) datagram.localAddress();
            try {
                streams.add(bound(streamSocket().bind(real), real, "tcp"));
                datagrams.add(datagram);
                return;
            } catch (IOException e) {
                var _ = datagram.close().awaitUninterruptibly();
                if (address.getPort() != 0 || tries == 1) {
                    throw e;
                }
            }
        }
    }

    /// The real addresses.
    List<InetSocketAddress> addresses() {
        return datagrams.stream().map(c -> (InetSocketAddress) c.localAddress()).toList();
    }

    /// Begins to read.
    void serve(Responder with) {
        responder = with;
        datagrams.forEach(channel -> channel.pipeline().addLast(new Datagrams(with)));
        datagrams.forEach(channel -> channel.config().setAutoRead(true));
        streams.forEach(channel -> channel.config().setAutoRead(true));
    }

    private Bootstrap datagramSocket() {
        // With a maximum per datagram, one system call reads many of them.
        return new Bootstrap()
                .group(loop)
                .channel(EpollDatagramChannel.class)
                .option(ChannelOption.AUTO_READ, false)
                .option(EpollChannelOption.MAX_DATAGRAM_PAYLOAD_SIZE, DATAGRAM_BYTES)
                .option(
                        ChannelOption.RECVBUF_ALLOCATOR,
                        new FixedRecvByteBufAllocator(DATAGRAM_BYTES * DATAGRAMS_PER_READ))
                .handler(new ChannelInboundHandlerAdapter());
    }

    private ServerBootstrap streamSocket() {
        return new ServerBootstrap()
                .group(loop)
                .channel(EpollServerSocketChannel.class)
                .option(ChannelOption.AUTO_READ, false)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        accepted(channel);
                    }
                });
    }

    private Channel bound(ChannelFuture binding, InetSocketAddress address, String transport) throws IOException {
        var cause = binding.awaitUninterruptibly().cause();
        if (cause == null) {
            open.add(binding.channel());
            return binding.channel();
        }
        var host = address.getAddress().getHostAddress();
        var at = "DNS address " + (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort() + " ("
                + transport + ")";
        int error = cause instanceof NativeIoException e ? e.expectedErr() : 0;
        throw new IOException(
                switch (error) {
                    case EADDRINUSE -> at + " is in use; free it or set --dns-address";
                    case EACCES -> at + " needs privileges; use a port above 1023 or set --dns-address";
                    default -> at + " cannot be bound (" + cause.getMessage() + "); set --dns-address";
                },
                cause);
    }

    private void accepted(Channel channel) {
        var with = responder;
        if (with == null || connections >= MAX_CONNECTIONS) {
            log.log(DEBUG, "DNS closes a connection over the limit limit={0}", String.valueOf(MAX_CONNECTIONS));
            var _ = channel.close();
            return;
        }
        connections++;
        open.add(channel);
        var _ = channel.closeFuture().addListener(_ -> connections--);
        channel.pipeline()
                .addLast(new IdleStateHandler(0, 0, IDLE_SECONDS))
                .addLast(new LengthFieldBasedFrameDecoder(MAX_QUERY_BYTES + 2, 0, 2, 0, 2))
                .addLast(new LengthFieldPrepender(2))
                .addLast(new Stream(with));
    }

    /// Queries in datagrams, one each.
    private static final class Datagrams extends SimpleChannelInboundHandler<DatagramPacket> {
        private final Responder responder;

        Datagrams(Responder responder) {
            this.responder = responder;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, DatagramPacket packet) {
            responder.onMessage(packet.content(), new Asker.Datagram(context.channel(), packet.sender()));
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            context.flush();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            log.log(cause instanceof IOException ? DEBUG : WARNING, "DNS lost a datagram", cause);
        }
    }

    /// Queries on one connection, each behind its length; answers go out as they are found (RFC 7766 section
    /// 7).
    private static final class Stream extends SimpleChannelInboundHandler<ByteBuf> {
        private final Responder responder;

        Stream(Responder responder) {
            this.responder = responder;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, ByteBuf message) {
            responder.onMessage(message, new Asker.Connection(context.channel()));
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            context.flush();
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
