package dev.outrigger.sds;

import dev.outrigger.proto.workload.JWTSVIDRequest;
import dev.outrigger.proto.workload.JWTSVIDResponse;
import dev.outrigger.proto.workload.SpiffeWorkloadAPIGrpc;
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
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One question for a JWT-SVID over a connection of its own: they are rare, and the pace of asking is ours.
/// Callbacks come on the loop, one of them, once.
final class JwtCall implements StreamObserver<JWTSVIDResponse> {
    private static final Metadata.Key<String> SECURITY_HEADER =
            Metadata.Key.of("workload.spiffe.io", Metadata.ASCII_STRING_MARSHALLER);
    private static final int LIMIT_SECONDS = 10;

    private final ManagedChannel channel;
    private final Consumer<JWTSVIDResponse> answered;
    private final Consumer<Status> failed;
    private @Nullable JWTSVIDResponse response;

    JwtCall(Path socket, EventLoop loop, Consumer<JWTSVIDResponse> answered, Consumer<Status> failed) {
        this.answered = answered;
        this.failed = failed;
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

    /// @param spiffeId which of the workload's identities; empty for the default one
    void ask(String audience, String spiffeId) {
        var headers = new Metadata();
        headers.put(SECURITY_HEADER, "true");
        SpiffeWorkloadAPIGrpc.newStub(channel)
                .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
                .withDeadlineAfter(LIMIT_SECONDS, TimeUnit.SECONDS)
                .fetchJWTSVID(
                        JWTSVIDRequest.newBuilder()
                                .addAudience(audience)
                                .setSpiffeId(spiffeId)
                                .build(),
                        this);
    }

    void close() {
        channel.shutdownNow();
    }

    @Override
    public void onNext(JWTSVIDResponse next) {
        response = next;
    }

    @Override
    public void onError(Throwable error) {
        close();
        failed.accept(Status.fromThrowable(error));
    }

    @Override
    public void onCompleted() {
        close();
        answered.accept(response == null ? JWTSVIDResponse.getDefaultInstance() : response);
    }
}
