package dev.outrigger.agent.notify;

import static java.lang.System.Logger.Level.WARNING;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollDomainDatagramChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.concurrent.Future;
import java.nio.charset.StandardCharsets;

/// A datagram socket in the file system or in the abstract namespace, which Java itself cannot send to. Each
/// message has a socket of its own, as there are few, and the manager may have been started again since the last
/// one. All go through one event loop, which keeps their order and owns the state.
final class NotifySocket {
    private static final System.Logger log = System.getLogger(NotifySocket.class.getName());

    private final DomainSocketAddress address;
    private final EventLoop loop;
    private boolean isFailing;

    /// @param name as in NOTIFY_SOCKET
    NotifySocket(String name, EventLoop loop) {
        this.address = new DomainSocketAddress(name.startsWith("@") ? "\0" + name.substring(1) : name);
        this.loop = loop;
    }

    /// Sends one message, without waiting; a failure is told once until one gets through.
    void send(String message) {
        new Bootstrap()
                .group(loop)
                .channel(EpollDomainDatagramChannel.class)
                .handler(new ChannelInboundHandlerAdapter())
                .connect(address)
                .addListener((ChannelFutureListener) connected -> {
                    if (connected.isSuccess()) {
                        write(connected.channel(), message);
                    } else {
                        ended(connected);
                    }
                });
    }

    private void write(Channel channel, String message) {
        channel.writeAndFlush(Unpooled.copiedBuffer(message, StandardCharsets.UTF_8))
                .addListener(this::ended)
                .addListener(ChannelFutureListener.CLOSE);
    }

    private void ended(Future<? super Void> sent) {
        if (!sent.isSuccess() && !isFailing) {
            log.log(
                    WARNING,
                    "the service manager cannot be told how the agent is socket={0} cause={1}",
                    address.path().replace('\0', '@'),
                    String.valueOf(sent.cause()));
        }
        isFailing = !sent.isSuccess();
    }
}
