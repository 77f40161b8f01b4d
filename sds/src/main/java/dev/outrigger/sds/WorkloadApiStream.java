package dev.outrigger.sds;

import dev.outrigger.proto.workload.SpiffeWorkloadAPIGrpc;
import dev.outrigger.proto.workload.X509SVIDRequest;
import dev.outrigger.proto.workload.X509SVIDResponse;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.nio.file.Path;
import java.util.function.BiConsumer;

/// One connection with one stream of answers; made new for each attempt, so that the pace of reconnecting is ours.
/// Callbacks come on the loop.
final class WorkloadApiStream implements StreamObserver<X509SVIDResponse> {
    private static final Metadata.Key<String> SECURITY_HEADER =
            Metadata.Key.of("workload.spiffe.io", Metadata.ASCII_STRING_MARSHALLER);

    private final ManagedChannel channel;
    private final BiConsumer<WorkloadApiStream, X509SVIDResponse> answered;
    private final BiConsumer<WorkloadApiStream, Status> ended;

    WorkloadApiStream(
            Path socket,
            EventLoop loop,
            BiConsumer<WorkloadApiStream, X509SVIDResponse> answered,
            BiConsumer<WorkloadApiStream, Status> ended) {
        this.answered = answered;
        this.ended = ended;
        this.channel = NettyChannelBuilder.forAddress(new DomainSocketAddress(socket.toFile()))
                .channelType(EpollDomainSocketChannel.class)
                // gRPC sets it for every socket, and netty warns that a Unix socket has none; null takes it back.
                .withOption(ChannelOption.SO_KEEPALIVE, null)
                .eventLoopGroup(loop)
                .executor(loop)
                .overrideAuthority("localhost")
                .disableRetry()
                .usePlaintext()
                .build();
    }

    void open() {
        var headers = new Metadata();
        headers.put(SECURITY_HEADER, "true");
        SpiffeWorkloadAPIGrpc.newStub(channel)
                .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
                .fetchX509SVID(X509SVIDRequest.getDefaultInstance(), this);
    }

    void close() {
        channel.shutdownNow();
    }

    @Override
    public void onNext(X509SVIDResponse response) {
        answered.accept(this, response);
    }

    @Override
    public void onError(Throwable error) {
        ended.accept(this, Status.fromThrowable(error));
    }

    @Override
    public void onCompleted() {
        ended.accept(this, Status.OK);
    }
}
