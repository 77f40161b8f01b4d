package dev.outrigger.agent.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrigger.testkit.RawMethod;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2GoAwayFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// Stands before a control plane, passes all messages on, and does to the client's streams what no control plane
/// should: frames of HTTP/2 and bytes of gRPC as one likes.
@SuppressWarnings("FutureReturnValueIgnored") // what it cannot write, its tests miss
final class HostileGateway implements AutoCloseable {
    private static final int PREFIX_BYTES = 5;

    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final ManagedChannel controlPlane;
    private final Channel server;
    private final Set<Stream> streams = ConcurrentHashMap.newKeySet();
    private final Queue<byte[]> requests = new ConcurrentLinkedQueue<>();
    private final Set<String> withheld = ConcurrentHashMap.newKeySet();
    private volatile boolean hugeHeader;
    private volatile boolean refusing;

    private HostileGateway(InetSocketAddress target, InetSocketAddress address) {
        controlPlane = NettyChannelBuilder.forAddress(target)
                .usePlaintext()
                .maxInboundMessageSize(Integer.MAX_VALUE)
                .build();
        server = new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel connection) {
                        connection
                                .pipeline()
                                .addLast(
                                        Http2FrameCodecBuilder.forServer().build(),
                                        new Http2MultiplexHandler(new ChannelInitializer<>() {
                                            @Override
                                            protected void initChannel(Channel stream) {
                                                stream.pipeline().addLast(new Stream(stream));
                                            }
                                        }));
                    }
                })
                .bind(address)
                .syncUninterruptibly()
                .channel();
    }

    /// @param target where the control plane listens
    static HostileGateway before(InetSocketAddress target) {
        return new HostileGateway(target, Ports.free());
    }

    InetSocketAddress address() {
        return (InetSocketAddress) server.localAddress();
    }

    /// Messages of clients, as they came, since the last call.
    List<byte[]> takeRequests() {
        var taken = List.copyOf(requests);
        requests.removeAll(taken);
        return taken;
    }

    /// One message with these bytes.
    void message(byte[] bytes) {
        each(stream -> stream.message(bytes));
    }

    /// Bytes of the stream's data.
    void data(byte[] bytes) {
        each(stream -> stream.data(Unpooled.wrappedBuffer(bytes)));
    }

    /// The half of a message, and then the end that a stream has when all is well.
    void truncate() {
        each(stream -> {
            stream.half();
            stream.trailers("0", "");
        });
    }

    /// The half of a message, and then RST_STREAM.
    void reset() {
        each(stream -> {
            stream.half();
            stream.channel.writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.ENHANCE_YOUR_CALM));
        });
    }

    /// The first half of a message of twice this size, and then RST_STREAM.
    void breakOff(byte[] half) {
        each(stream -> {
            stream.data(Unpooled.buffer().writeByte(0).writeInt(2 * half.length).writeBytes(half));
            stream.channel.writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.ENHANCE_YOUR_CALM));
        });
    }

    /// The half of a message, GOAWAY, and the end of the connection.
    void goAway() {
        each(stream -> {
            stream.half();
            var goAway =
                    new DefaultHttp2GoAwayFrame(Http2Error.NO_ERROR, Unpooled.wrappedBuffer("going".getBytes(UTF_8)));
            goAway.setExtraStreamIds(Integer.MAX_VALUE / 2);
            stream.channel
                    .parent()
                    .writeAndFlush(goAway)
                    .addListener(_ -> stream.channel.parent().close());
        });
    }

    /// Ends the streams with a status, and answers new ones with nothing but it, until {@link #relent}.
    void refuse() {
        refusing = true;
        each(stream -> stream.trailers("7", "not you"));
    }

    /// Ends the streams, and answers new ones with a header of 64 KiB, until {@link #relent}.
    void hugeHeaders() {
        hugeHeader = true;
        each(stream -> stream.trailers("14", "again"));
    }

    /// Passes no push of a type on, until {@link #release}.
    void withhold(String typeUrl) {
        withheld.add(typeUrl);
    }

    /// Passes on what was withheld.
    void release() {
        withheld.clear();
        each(Stream::release);
    }

    void relent() {
        refusing = false;
        hugeHeader = false;
    }

    private void each(Consumer<Stream> action) {
        streams.forEach(stream -> stream.channel.eventLoop().execute(() -> action.accept(stream)));
    }

    @Override
    public void close() {
        controlPlane.shutdownNow();
        server.close();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(5, TimeUnit.SECONDS);
    }

    /// Owned by its channel's event loop.
    private final class Stream extends ChannelInboundHandlerAdapter {
        private final Channel channel;
        private final ByteBuf received = Unpooled.buffer();
        private ClientCall<byte[], byte[]> call;
        private final List<byte[]> held = new ArrayList<>();
        private boolean answered;

        Stream(Channel channel) {
            this.channel = channel;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object frame) {
            try {
                switch (frame) {
                    case Http2HeadersFrame it
                    when call == null -> open(it.headers().path().toString());
                    case Http2DataFrame it -> {
                        received.writeBytes(it.content());
                        pass();
                        if (it.isEndStream()) {
                            call.halfClose();
                        }
                    }
                    case Http2ResetFrame _ -> call.cancel("the client has reset its stream", null);
                    default -> {}
                }
            } finally {
                ReferenceCountUtil.release(frame);
            }
        }

        private void open(String path) {
            streams.add(this);
            if (refusing) {
                trailers("7", "not you");
            } else if (hugeHeader) {
                data(Unpooled.EMPTY_BUFFER);
            }
            call = controlPlane.newCall(RawMethod.bidirectional(path.substring(1)), CallOptions.DEFAULT);
            call.start(
                    new ClientCall.Listener<>() {
                        @Override
                        public void onMessage(byte[] message) {
                            channel.eventLoop().execute(() -> pass(message));
                            call.request(1);
                        }

                        @Override
                        public void onClose(Status status, Metadata trailers) {
                            channel.eventLoop()
                                    .execute(() -> trailers(
                                            Integer.toString(status.getCode().value()), "the control plane ended it"));
                        }
                    },
                    new Metadata());
            call.request(1);
        }

        private void pass() {
            while (received.readableBytes() >= PREFIX_BYTES
                    && received.readableBytes() - PREFIX_BYTES >= received.getInt(received.readerIndex() + 1)) {
                received.skipBytes(1);
                var message = new byte[received.readInt()];
                received.readBytes(message);
                requests.add(message);
                call.sendMessage(message);
            }
            received.discardReadBytes();
        }

        private void pass(byte[] message) {
            try {
                // The type is in the same place in both protocols.
                if (withheld.contains(DiscoveryResponse.parseFrom(message).getTypeUrl())) {
                    held.add(message);
                } else {
                    message(message);
                }
            } catch (InvalidProtocolBufferException e) {
                throw new AssertionError(e);
            }
        }

        void release() {
            held.forEach(this::message);
            held.clear();
        }

        void message(byte[] bytes) {
            data(Unpooled.buffer().writeByte(0).writeInt(bytes.length).writeBytes(bytes));
        }

        void half() {
            data(Unpooled.buffer().writeByte(0).writeInt(1_000).writeZero(500));
        }

        void data(ByteBuf bytes) {
            answer();
            channel.writeAndFlush(new DefaultHttp2DataFrame(bytes));
        }

        private void answer() {
            if (!answered) {
                answered = true;
                var headers = new DefaultHttp2Headers().status("200").set("content-type", "application/grpc");
                if (hugeHeader) {
                    headers.set("x-huge", "x".repeat(64 << 10));
                }
                channel.write(new DefaultHttp2HeadersFrame(headers));
            }
        }

        void trailers(String status, String message) {
            var trailers = new DefaultHttp2Headers().set("grpc-status", status).set("grpc-message", message);
            if (!answered) {
                trailers.status("200").set("content-type", "application/grpc");
            }
            answered = true;
            channel.writeAndFlush(new DefaultHttp2HeadersFrame(trailers, true));
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            streams.remove(this);
            received.release();
            if (call != null) {
                call.cancel("the client's stream has ended", null);
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }
}
