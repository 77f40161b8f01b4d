package dev.outrigger.xds;

import static java.util.concurrent.TimeUnit.SECONDS;

import dev.outrigger.testkit.RawMethod;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;

/// One discovery stream as Envoy opens it, in bytes.
final class TestClient implements AutoCloseable {
    private final ManagedChannel channel;
    private final ClientCall<byte[], byte[]> call;
    private final BlockingQueue<byte[]> received = new LinkedBlockingQueue<>();
    private final CompletableFuture<Status> closed = new CompletableFuture<>();

    private TestClient(Path socket, EventLoopGroup loops, Protocol protocol, boolean reads) {
        channel = NettyChannelBuilder.forAddress(new DomainSocketAddress(socket.toString()))
                .eventLoopGroup(loops)
                .channelType(EpollDomainSocketChannel.class)
                .maxInboundMessageSize(Integer.MAX_VALUE)
                .usePlaintext()
                .build();
        call = channel.newCall(RawMethod.bidirectional(protocol.path().substring(1)), CallOptions.DEFAULT);
        call.start(
                new ClientCall.Listener<>() {
                    @Override
                    public void onMessage(byte[] message) {
                        received.add(message);
                        call.request(1);
                    }

                    @Override
                    public void onClose(Status status, Metadata trailers) {
                        closed.complete(status);
                    }
                },
                new Metadata());
        if (reads) {
            call.request(1);
        }
    }

    static TestClient open(Path socket, EventLoopGroup loops, Protocol protocol) {
        return new TestClient(socket, loops, protocol, true);
    }

    /// Takes no message until {@link #read}.
    static TestClient openWithoutReading(Path socket, EventLoopGroup loops, Protocol protocol) {
        return new TestClient(socket, loops, protocol, false);
    }

    void read() {
        call.request(1);
    }

    void send(byte[] message) {
        call.sendMessage(message);
    }

    byte[] next() throws InterruptedException {
        var message = received.poll(20, SECONDS);
        if (message == null) {
            throw new AssertionError("no push within 20 s; stream ended: " + closed.getNow(Status.OK));
        }
        return message;
    }

    int unread() {
        return received.size();
    }

    CompletableFuture<Status> closed() {
        return closed;
    }

    void cancel() {
        call.cancel("the client leaves", null);
    }

    @Override
    public void close() {
        call.cancel("the test is over", null);
        channel.shutdownNow();
    }
}
