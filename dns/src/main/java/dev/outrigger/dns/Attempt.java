package dev.outrigger.dns;

import dev.outrigger.dns.DnsMetrics.Failure;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufHolder;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import io.netty.handler.codec.LengthFieldPrepender;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One question to one nameserver over a socket of its own: its random port, chosen by the kernel, and the
/// random ID make replies hard to forge, and a refusal by the peer's host is heard at once. Owned by the
/// event loop.
final class Attempt extends ChannelInboundHandlerAdapter {
    private static final int MAX_MESSAGE_BYTES = 0xFFFF;

    private final Target target;
    private final Question question;
    private final Consumer<Outcome> done;
    private @Nullable Channel channel;
    private @Nullable Future<?> timeout;
    private boolean finished;

    /// Where to ask and how long to wait.
    record Target(InetSocketAddress server, boolean tcp, Duration patience) {
        @Override
        public String toString() {
            return server + (tcp ? " (tcp)" : " (udp)");
        }
    }

    /// How an attempt ended.
    sealed interface Outcome {
        /// A reply to this very question, its ID as it was asked.
        record Replied(ByteBuf message) implements Outcome {}

        record Failed(Failure reason, String detail) implements Outcome {}
    }

    private Attempt(Target target, Question question, Consumer<Outcome> done) {
        this.target = target;
        this.question = question;
        this.done = done;
    }

    /// Asks. The outcome comes once, on the loop; a reply's buffer is unpooled.
    static void start(EventLoop loop, ChannelGroup open, Target target, Question question, Consumer<Outcome> done) {
        var attempt = new Attempt(target, question, done);
        var connecting = attempt.bootstrap().group(loop).connect(target.server());
        attempt.channel = connecting.channel();
        open.add(connecting.channel());
        attempt.timeout = loop.schedule(
                () -> attempt.fail(Failure.TIMEOUT, "no reply within " + target.patience()),
                target.patience().toNanos(),
                TimeUnit.NANOSECONDS);
        var _ = connecting.addListener((ChannelFuture connected) -> attempt.connected(connected));
    }

    private Bootstrap bootstrap() {
        var bootstrap = new Bootstrap().disableResolver();
        if (!target.tcp()) {
            return bootstrap
                    .channel(EpollDatagramChannel.class)
                    .option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(MAX_MESSAGE_BYTES))
                    .handler(this);
        }
        return bootstrap.channel(EpollSocketChannel.class).handler(new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel stream) {
                stream.pipeline()
                        .addLast(new LengthFieldBasedFrameDecoder(MAX_MESSAGE_BYTES + 2, 0, 2, 0, 2))
                        .addLast(new LengthFieldPrepender(2))
                        .addLast(Attempt.this);
            }
        });
    }

    private void connected(ChannelFuture connected) {
        if (connected.isSuccess()) {
            var _ = connected
                    .channel()
                    .writeAndFlush(question.message())
                    .addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
        } else {
            fail(Failure.UNREACHABLE, String.valueOf(connected.cause().getMessage()));
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object packet) {
        try {
            var message = packet instanceof ByteBufHolder datagram ? datagram.content() : (ByteBuf) packet;
            switch (question.match(message)) {
                case REPLY -> finish(new Outcome.Replied(Unpooled.copiedBuffer(message)));
                case ERROR -> fail(Failure.GARBLED, "reply without the question");
                case FOREIGN -> foreign();
            }
        } finally {
            ReferenceCountUtil.release(packet);
        }
    }

    /// A datagram may be forged, so the true one may still come; a stream has no excuse.
    private void foreign() {
        if (target.tcp()) {
            fail(Failure.GARBLED, "reply to another question");
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        fail(Failure.UNREACHABLE, "connection closed without a reply");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        fail(Failure.UNREACHABLE, String.valueOf(cause.getMessage()));
    }

    private void fail(Failure reason, String detail) {
        finish(new Outcome.Failed(reason, target + ": " + detail));
    }

    private void finish(Outcome outcome) {
        if (finished) {
            return;
        }
        finished = true;
        if (timeout != null) {
            timeout.cancel(false);
        }
        if (channel != null) {
            var _ = channel.close();
        }
        done.accept(outcome);
    }
}
