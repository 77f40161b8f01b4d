package dev.outrigger.agent.runtime;

import io.netty.channel.DefaultSelectStrategyFactory;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.TimeUnit;

/// The event loops that all sockets of the agent share.
final class EventLoops implements AutoCloseable {
    private static final int MOST = 2;
    /// What one call of the kernel may tell: netty's own 4,096 are 48 kB a loop.
    private static final int EVENTS = 256;
    private static final int CLOSING_SECONDS = 5;

    private final EventLoopGroup group;
    private final EventLoop identity;

    private EventLoops(EventLoopGroup group) {
        this.group = group;
        this.identity = group.next();
    }

    static EventLoops start() {
        var threads = Math.min(MOST, Runtime.getRuntime().availableProcessors());
        var named = new DefaultThreadFactory("loop", true);
        var polling = EpollIoHandler.newFactory(EVENTS, DefaultSelectStrategyFactory.INSTANCE);
        return new EventLoops(new MultiThreadIoEventLoopGroup(threads, named, polling));
    }

    EventLoopGroup group() {
        return group;
    }

    /// That of the identity's source and of who serves it, so that a new one goes to Envoy without waking a
    /// thread.
    EventLoop ofIdentity() {
        return identity;
    }

    @Override
    public void close() {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(CLOSING_SECONDS, TimeUnit.SECONDS);
    }
}
