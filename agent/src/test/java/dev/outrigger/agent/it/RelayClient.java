package dev.outrigger.agent.it;

import dev.outrigger.testkit.RawMethod;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/// One stream to an agent's discovery socket on a connection of its own, in bytes.
final class RelayClient implements AutoCloseable {
    static final String SERVICE = "envoy.service.discovery.v3.AggregatedDiscoveryService/";
    private static final int LIMIT_SECONDS = 20;
    private static final EventLoopGroup LOOPS = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());

    private final ManagedChannel channel;
    private final ClientCall<byte[], byte[]> call;
    private final BlockingQueue<byte[]> received = new LinkedBlockingQueue<>();
    private final AtomicLong bytes = new AtomicLong();
    private final CompletableFuture<Status> closed = new CompletableFuture<>();
    private volatile byte[] answer = {};

    private RelayClient(Path socket, String method, Reading reading) {
        channel = NettyChannelBuilder.forAddress(new DomainSocketAddress(socket.toString()))
                .eventLoopGroup(LOOPS)
                .channelType(EpollDomainSocketChannel.class)
                .withOption(ChannelOption.SO_KEEPALIVE, null)
                .maxInboundMessageSize(Integer.MAX_VALUE)
                .overrideAuthority("relay")
                .usePlaintext()
                .build();
        call = channel.newCall(RawMethod.bidirectional(method), CallOptions.DEFAULT);
        call.start(
                new ClientCall.Listener<>() {
                    @Override
                    public void onMessage(byte[] message) {
                        bytes.addAndGet(message.length);
                        if (reading != Reading.COUNTS) {
                            received.add(message);
                        }
                        if (answer.length > 0) {
                            call.sendMessage(answer);
                        }
                        if (reading != Reading.WHEN_TOLD) {
                            call.request(1);
                        }
                    }

                    @Override
                    public void onClose(Status status, Metadata trailers) {
                        closed.complete(status);
                    }
                },
                new Metadata());
        if (reading != Reading.WHEN_TOLD) {
            call.request(1);
        }
    }

    /// What is done with pushes.
    enum Reading {
        /// Each is kept for {@link #next}.
        KEEPS,
        /// Each is dropped.
        COUNTS,
        /// None is taken but by {@link #read}.
        WHEN_TOLD
    }

    /// @param method with its service
    static RelayClient open(Path socket, String method, Reading reading) {
        return new RelayClient(socket, method, reading);
    }

    /// @param protocol `delta` or `sotw`
    static RelayClient ads(Path socket, String protocol, Reading reading) {
        return open(
                socket,
                SERVICE + (protocol.equals("delta") ? "DeltaAggregatedResources" : "StreamAggregatedResources"),
                reading);
    }

    void send(byte[] message) {
        call.sendMessage(message);
    }

    /// Sends this for each push from now on.
    void answerEach(byte[] message) {
        answer = message;
    }

    /// Whether what is sent is not held back.
    boolean isReady() {
        return call.isReady();
    }

    void read() {
        call.request(1);
    }

    byte[] next() throws InterruptedException {
        var message = received.poll(LIMIT_SECONDS, TimeUnit.SECONDS);
        if (message == null) {
            throw new AssertionError("no push; the stream: " + closed.getNow(Status.OK));
        }
        return message;
    }

    /// Of all pushes so far.
    long bytes() {
        return bytes.get();
    }

    CompletableFuture<Status> closed() {
        return closed;
    }

    void cancel() {
        call.cancel("the client leaves", null);
    }

    void halfClose() {
        call.halfClose();
    }

    @Override
    public void close() {
        call.cancel("the test is over", null);
        channel.shutdownNow();
    }
}
