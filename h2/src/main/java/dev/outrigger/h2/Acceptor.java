package dev.outrigger.h2;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// Takes the connections of a socket that listens, on its loop. In place of netty's `ServerBootstrap`, which has
/// the JVM make classes for annotations that it looks for: 5 ms of a start.
public final class Acceptor extends InboundHandler {
    private static final int PAUSE_SECONDS = 1;

    private final Consumer<Channel> begin;

    /// @param begin fills the pipeline of a new connection
    public Acceptor(Consumer<Channel> begin) {
        this.begin = begin;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        var child = (Channel) message;
        begin.accept(child);
        context.channel().eventLoop().register(child).addListener(registered -> {
            if (!registered.isSuccess()) {
                child.unsafe().closeForcibly();
            }
        });
    }

    /// Out of file descriptors, most likely: others are to have time to give some back.
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        var config = context.channel().config();
        if (config.isAutoRead()) {
            config.setAutoRead(false);
            var _ = context.channel()
                    .eventLoop()
                    .schedule(() -> config.setAutoRead(true), PAUSE_SECONDS, TimeUnit.SECONDS);
        }
    }
}
