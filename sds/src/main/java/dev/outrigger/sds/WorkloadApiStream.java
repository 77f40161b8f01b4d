package dev.outrigger.sds;

import dev.outrigger.proto.workload.SpiffeWorkloadAPIGrpc;
import dev.outrigger.proto.workload.SpiffeWorkloadAPIGrpc.SpiffeWorkloadAPIStub;
import dev.outrigger.proto.workload.X509BundlesRequest;
import dev.outrigger.proto.workload.X509BundlesResponse;
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

/// One connection with a stream of SVIDs and one of bundles; made new for each attempt, so that the pace of
/// reconnecting is ours. Callbacks come on the loop.
final class WorkloadApiStream {
    private static final Metadata.Key<String> SECURITY_HEADER =
            Metadata.Key.of("workload.spiffe.io", Metadata.ASCII_STRING_MARSHALLER);

    private final ManagedChannel channel;
    private final SpiffeWorkloadAPIStub stub;
    private final Listener listener;

    /// Who is told.
    interface Listener {
        /// All SVIDs there are now.
        void answered(WorkloadApiStream from, X509SVIDResponse response);

        /// All bundles there are now.
        void bundles(WorkloadApiStream from, X509BundlesResponse response);

        /// The stream of SVIDs is over.
        void ended(WorkloadApiStream from, Status status);

        /// The stream of bundles is over; the one of SVIDs may go on.
        void bundlesEnded(WorkloadApiStream from, Status status);
    }

    WorkloadApiStream(Path socket, EventLoop loop, Listener listener) {
        this.listener = listener;
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
        var headers = new Metadata();
        headers.put(SECURITY_HEADER, "true");
        this.stub = SpiffeWorkloadAPIGrpc.newStub(channel)
                .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
    }

    void open() {
        stub.fetchX509SVID(X509SVIDRequest.getDefaultInstance(), new Observer<>(listener::answered, listener::ended));
    }

    /// Brings what changes without a new SVID.
    void openBundles() {
        stub.fetchX509Bundles(
                X509BundlesRequest.getDefaultInstance(), new Observer<>(listener::bundles, listener::bundlesEnded));
    }

    void close() {
        channel.shutdownNow();
    }

    private final class Observer<T> implements StreamObserver<T> {
        private final BiConsumer<WorkloadApiStream, T> next;
        private final BiConsumer<WorkloadApiStream, Status> end;

        Observer(BiConsumer<WorkloadApiStream, T> next, BiConsumer<WorkloadApiStream, Status> end) {
            this.next = next;
            this.end = end;
        }

        @Override
        public void onNext(T response) {
            next.accept(WorkloadApiStream.this, response);
        }

        @Override
        public void onError(Throwable error) {
            end.accept(WorkloadApiStream.this, Status.fromThrowable(error));
        }

        @Override
        public void onCompleted() {
            end.accept(WorkloadApiStream.this, Status.OK);
        }
    }
}
