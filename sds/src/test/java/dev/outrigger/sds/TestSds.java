package dev.outrigger.sds;

import dev.outrigger.proto.discovery.DeltaDiscoveryRequest;
import dev.outrigger.proto.discovery.DeltaDiscoveryResponse;
import dev.outrigger.proto.discovery.DiscoveryRequest;
import dev.outrigger.proto.discovery.DiscoveryResponse;
import dev.outrigger.proto.secret.SecretDiscoveryServiceGrpc;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/// A server on a real socket, and clients of it.
final class TestSds implements AutoCloseable {
    final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(2, EpollIoHandler.newFactory());
    final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    final Latest<Identity> identity = new Latest<>();
    private final List<ManagedChannel> channels = new ArrayList<>();

    SdsServer serve(SdsConfig config) throws IOException {
        return serve(config, identity);
    }

    SdsServer serve(SdsConfig config, Latest<Identity> latest) throws IOException {
        return serve(config, latest, new IdentityConfig.None());
    }

    /// @param source has JWT-SVIDs or not
    SdsServer serve(SdsConfig config, Latest<Identity> latest, IdentityConfig source) throws IOException {
        return serve(loops, config, latest, source);
    }

    /// @param loop owns the streams
    SdsServer serveOn(EventLoop loop, SdsConfig config) throws IOException {
        return serve(loop, config, identity, new IdentityConfig.None());
    }

    private SdsServer serve(EventLoopGroup group, SdsConfig config, Latest<Identity> latest, IdentityConfig source)
            throws IOException {
        var clock = InstantSource.system();
        var tokens = JwtSvids.start(source, latest, group, registry, clock, new Random(1));
        return SdsServer.start(config, SdsServer.listen(config), latest, tokens, group, registry, clock);
    }

    SdsServer serve(Path socket) throws IOException {
        return serve(new SdsConfig(socket));
    }

    Client<DiscoveryRequest, DiscoveryResponse> sotw(Path socket) {
        var stub = SecretDiscoveryServiceGrpc.newStub(dial(socket));
        return new Client<>(stub::streamSecrets);
    }

    Client<DeltaDiscoveryRequest, DeltaDiscoveryResponse> delta(Path socket) {
        var stub = SecretDiscoveryServiceGrpc.newStub(dial(socket));
        return new Client<>(stub::deltaSecrets);
    }

    ManagedChannel dial(Path socket) {
        var channel = NettyChannelBuilder.forAddress(new DomainSocketAddress(socket.toFile()))
                .channelType(EpollDomainSocketChannel.class)
                .eventLoopGroup(loops)
                .overrideAuthority("localhost")
                .usePlaintext()
                .build();
        channels.add(channel);
        return channel;
    }

    @Override
    public void close() {
        channels.forEach(ManagedChannel::shutdownNow);
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(5, TimeUnit.SECONDS);
    }

    /// One stream over a connection of its own.
    static final class Client<Q, A> implements StreamObserver<A> {
        private final BlockingQueue<Object> events = new LinkedBlockingQueue<>();
        private final StreamObserver<Q> requests;

        @SuppressWarnings("this-escape") // it is complete: nothing follows
        Client(Function<StreamObserver<A>, StreamObserver<Q>> method) {
            this.requests = method.apply(this);
        }

        void send(Q request) {
            requests.onNext(request);
        }

        /// Waits up to 20 s for the next response.
        @SuppressWarnings("unchecked") // only responses and Throwables are put in
        A next() throws InterruptedException {
            var event = event();
            if (event instanceof Throwable error) {
                throw new AssertionError("the stream ended", error);
            }
            return (A) event;
        }

        /// Waits up to 20 s for the end of the stream.
        Throwable end() throws InterruptedException {
            while (true) {
                if (event() instanceof Throwable error) {
                    return error;
                }
            }
        }

        private Object event() throws InterruptedException {
            var event = events.poll(20, TimeUnit.SECONDS);
            if (event == null) {
                throw new AssertionError("nothing came");
            }
            return event;
        }

        @Override
        public void onNext(A response) {
            events.add(response);
        }

        @Override
        public void onError(Throwable error) {
            events.add(error);
        }

        @Override
        public void onCompleted() {
            events.add(new IllegalStateException("completed"));
        }
    }
}
