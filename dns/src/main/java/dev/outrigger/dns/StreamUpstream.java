package dev.outrigger.dns;

import dev.outrigger.dns.DnsMetrics.Failure;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import io.netty.handler.codec.LengthFieldPrepender;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.collection.IntObjectHashMap;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.function.IntFunction;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// One connection to one nameserver, plain or TLS (RFC 7858), on which questions follow each other without
/// waiting for answers; it is kept for a while when nothing is asked (RFC 7766 section 6.2). Owned by the
/// event loop.
final class StreamUpstream extends SimpleChannelInboundHandler<ByteBuf> {
    private static final int IDLE_SECONDS = 10;
    private static final int MAX_WAITING = 1024;

    private final EventLoop loop;
    private final ChannelGroup open;
    private final InetSocketAddress server;
    private final @Nullable Tls tls;
    private final IntObjectHashMap<Attempt> waiting = new IntObjectHashMap<>();
    private final ArrayDeque<Question> unsent = new ArrayDeque<>();
    private @Nullable Channel channel;
    private boolean ready;
    private boolean closed;

    /// @param tls null for a plain connection
    StreamUpstream(EventLoop loop, ChannelGroup open, InetSocketAddress server, @Nullable Tls tls) {
        this.loop = loop;
        this.open = open;
        this.server = server;
        this.tls = tls;
    }

    /// Begins to connect.
    StreamUpstream connect() {
        var connecting = new Bootstrap()
                .disableResolver()
                .group(loop)
                .channel(EpollSocketChannel.class)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel stream) {
                        fill(stream);
                    }
                })
                .connect(server);
        channel = connecting.channel();
        open.add(connecting.channel());
        var _ = connecting.addListener((ChannelFuture connected) -> {
            if (!connected.isSuccess()) {
                closeNow(String.valueOf(connected.cause().getMessage()));
            } else if (tls == null) {
                ready();
            }
        });
        return this;
    }

    private void fill(Channel stream) {
        if (tls != null) {
            tls.secure(stream, server, failure -> {
                if (failure == null) {
                    ready();
                } else {
                    closeNow("TLS: " + failure);
                }
            });
        }
        stream.pipeline()
                .addLast(new IdleStateHandler(0, 0, IDLE_SECONDS))
                .addLast(new LengthFieldBasedFrameDecoder(Wire.MAX_MESSAGE_BYTES + 2, 0, 2, 0, 2))
                .addLast(new LengthFieldPrepender(2))
                .addLast(this);
    }

    /// Whether more can be asked here.
    boolean isUsable() {
        return !closed && waiting.size() < MAX_WAITING;
    }

    /// Sends a question, when the connection is there, under an ID that is not in use here.
    void ask(IntFunction<Attempt> make, RandomGenerator random) {
        int id = random.nextInt(1 << 16);
        while (waiting.containsKey(id)) {
            id = random.nextInt(1 << 16);
        }
        int unused = id;
        var attempt = make.apply(unused);
        waiting.put(unused, attempt);
        attempt.await(loop, () -> waiting.remove(unused));
        if (ready) {
            send(attempt.question);
        } else {
            unsent.add(attempt.question);
        }
    }

    private void ready() {
        ready = true;
        unsent.forEach(this::send);
        unsent.clear();
    }

    private void send(Question question) {
        if (channel != null) {
            var _ = channel.writeAndFlush(Unpooled.wrappedBuffer(question.message()));
        }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, ByteBuf message) {
        var bytes = new byte[message.readableBytes()];
        message.readBytes(bytes);
        var attempt = bytes.length < Wire.HEADER_BYTES ? null : waiting.get(Wire.u16(bytes, 0));
        if (attempt == null || attempt.receive(bytes, bytes.length)) {
            return; // one that waited too long may get its reply after all
        }
        // A stream cannot be forged: the server itself sends what was not asked.
        attempt.fail(Failure.GARBLED, "reply to another question");
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof IdleStateEvent && waiting.isEmpty()) {
            closeNow("idle");
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        closeNow("connection closed without a reply");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        closeNow(String.valueOf(cause.getMessage()));
    }

    /// Everything that waits here fails.
    private void closeNow(String reason) {
        closed = true;
        if (channel != null) {
            var _ = channel.close();
        }
        new ArrayList<>(waiting.values()).forEach(attempt -> attempt.fail(Failure.UNREACHABLE, reason));
    }

    /// Takes no more questions; what is under way is still answered, and then it is closed as idle.
    void retire() {
        if (waiting.isEmpty()) {
            closeNow("not needed any more");
        }
    }
}
