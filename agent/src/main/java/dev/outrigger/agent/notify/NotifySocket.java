package dev.outrigger.agent.notify;

import static java.lang.System.Logger.Level.WARNING;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollDomainDatagramChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.concurrent.Future;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Queue;

/// A datagram socket in the file system or in the abstract namespace, which Java itself cannot send to. Each
/// message has a socket of its own, as there are few, and the manager may have been started again since the last
/// one. One goes after the other, which keeps their order; the event loop owns the state.
final class NotifySocket {
    private static final System.Logger log = System.getLogger(NotifySocket.class.getName());
    /// What a manager that does not read costs at most; further messages are dropped.
    private static final int MOST_WAITING = 256;

    private final DomainSocketAddress address;
    private final EventLoop loop;
    private final Queue<String> waiting = new ArrayDeque<>();
    private boolean isSending;
    private boolean isFailing;

    /// @param name as in NOTIFY_SOCKET
    NotifySocket(String name, EventLoop loop) {
        this.address = new DomainSocketAddress(name.startsWith("@") ? "\0" + name.substring(1) : name);
        this.loop = loop;
    }

    /// Sends one message, without waiting; a failure is told once until one gets through.
    void send(String message) {
        loop.execute(() -> {
            if (waiting.size() == MOST_WAITING) {
                failed("it does not read");
            } else {
                waiting.add(message);
                next();
            }
        });
    }

    private void next() {
        var message = isSending ? null : waiting.poll();
        if (message == null) {
            return;
        }
        isSending = true;
        new Bootstrap()
                .group(loop)
                .channel(EpollDomainDatagramChannel.class)
                .handler(new ChannelInboundHandlerAdapter())
                .connect(address)
                .addListener((ChannelFutureListener) connected -> {
                    if (connected.isSuccess()) {
                        connected
                                .channel()
                                .writeAndFlush(Unpooled.copiedBuffer(message, StandardCharsets.UTF_8))
                                .addListener(this::ended)
                                .addListener(ChannelFutureListener.CLOSE);
                    } else {
                        ended(connected);
                    }
                });
    }

    private void ended(Future<? super Void> sent) {
        isSending = false;
        if (sent.isSuccess()) {
            isFailing = false;
        } else {
            failed(String.valueOf(sent.cause()));
        }
        next();
    }

    private void failed(String why) {
        if (!isFailing) {
            log.log(
                    WARNING,
                    "the service manager cannot be told how the agent is socket={0} cause={1}",
                    address.path().replace('\0', '@'),
                    why);
        }
        isFailing = true;
    }
}
