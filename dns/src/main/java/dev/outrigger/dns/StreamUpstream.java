package dev.outrigger.dns;

import dev.outrigger.dns.DnsMetrics.Failure;
import dev.outrigger.dns.Nameserver.Surroundings;
import dev.outrigger.h2.SocketErrors;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollSocketChannel;
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
/// waiting for answers; it is kept for a while when nothing is asked (RFC 7766 section 6.2). One on which
/// nothing came while somebody ran out of patience is left for a new one: its other end may be gone without
/// a word, and the kernel would notice after a quarter of an hour. Owned by the event loop.
final class StreamUpstream extends SimpleChannelInboundHandler<ByteBuf> {
    private static final int IDLE_SECONDS = 10;
    private static final int MAX_WAITING = 1024;

    private final Surroundings around;
    private final InetSocketAddress server;
    private final @Nullable Tls tls;
    private final IntObjectHashMap<Attempt> waiting = new IntObjectHashMap<>();
    private final ArrayDeque<Attempt> unsent = new ArrayDeque<>();
    private @Nullable Channel channel;
    private boolean ready;
    private boolean closed;
    private boolean silent;
    private long messages;

    /// @param tls null for a plain connection
    StreamUpstream(Surroundings around, InetSocketAddress server, @Nullable Tls tls) {
        this.around = around;
        this.server = server;
        this.tls = tls;
    }

    /// Begins to connect.
    StreamUpstream connect() {
        var connecting = new Bootstrap()
                .disableResolver()
                .group(around.loop())
                .channel(EpollSocketChannel.class)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int)
                        around.patience().toMillis())
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel stream) {
                        fill(stream);
                    }
                })
                .connect(server);
        channel = connecting.channel();
        around.open().add(connecting.channel());
        var _ = connecting.addListener((ChannelFuture connected) -> {
            if (!connected.isSuccess()) {
                closeNow(SocketErrors.text(connected.cause()));
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
        return !closed && !silent && waiting.size() < MAX_WAITING;
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
        long before = messages;
        attempt.await(around.loop(), () -> {
            waiting.remove(unused);
            unsent.remove(attempt);
            silent |= attempt.isTimedOut() && messages == before;
        });
        if (ready) {
            send(attempt);
        } else {
            unsent.add(attempt);
        }
    }

    private void ready() {
        ready = true;
        for (var next = unsent.poll(); next != null; next = unsent.poll()) {
            send(next);
        }
    }

    private void send(Attempt attempt) {
        if (channel != null) {
            var _ = channel.writeAndFlush(Unpooled.wrappedBuffer(attempt.question.message()));
        }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, ByteBuf message) {
        messages++;
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
        closeNow(SocketErrors.text(cause));
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
