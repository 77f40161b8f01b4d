package dev.outrigger.testkit;

import com.google.protobuf.ByteString;
import dev.outrigger.proto.workload.Bundle;
import dev.outrigger.proto.workload.JWTBundlesRequest;
import dev.outrigger.proto.workload.JWTBundlesResponse;
import dev.outrigger.proto.workload.JWTSVID;
import dev.outrigger.proto.workload.JWTSVIDRequest;
import dev.outrigger.proto.workload.JWTSVIDResponse;
import dev.outrigger.proto.workload.SpiffeWorkloadAPIGrpc;
import dev.outrigger.proto.workload.X509BundlesRequest;
import dev.outrigger.proto.workload.X509BundlesResponse;
import dev.outrigger.proto.workload.X509SVID;
import dev.outrigger.proto.workload.X509SVIDRequest;
import dev.outrigger.proto.workload.X509SVIDResponse;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A working SPIFFE Workload API on a Unix socket: it checks the metadata header, sends the current SVID to each
/// stream and every later one, issues JWT-SVIDs, can refuse callers, and can go away and come back.
/// Streams of bundles get those of {@link #sendBundles} only.
///
/// Thread-safe; all state is guarded by `this`.
public final class FakeWorkloadApi implements AutoCloseable {
    private static final Metadata.Key<String> HEADER =
            Metadata.Key.of("workload.spiffe.io", Metadata.ASCII_STRING_MARSHALLER);
    private static final long LIMIT_SECONDS = 20;

    private final Path socket;
    private final String spiffeId;
    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final List<StreamObserver<X509SVIDResponse>> streams = new ArrayList<>();
    private TestCa ca;
    private final List<StreamObserver<X509BundlesResponse>> bundleStreams = new ArrayList<>();
    private X509SVIDResponse current;
    private @Nullable X509BundlesResponse bundles;
    private @Nullable Status refusal;
    private boolean silent;
    private @Nullable Server server;
    private int calls;
    private final FakeJwtIssuer tokens = new FakeJwtIssuer();
    private Duration tokenLifetime = Duration.ofMinutes(5);
    private final List<String> issuedTokens = new ArrayList<>();

    private FakeWorkloadApi(Path socket, TestCa ca, String spiffeId) {
        this.socket = socket;
        this.ca = ca;
        this.spiffeId = spiffeId;
        this.current = response(ca.issue(spiffeId, Duration.ofHours(1)));
    }

    /// Serves on a new socket.
    ///
    /// @param socket must not exist; shorter than 108 bytes
    /// @param ca issues the SVIDs, each valid for an hour
    /// @param spiffeId the identity of every caller
    public static FakeWorkloadApi start(Path socket, TestCa ca, String spiffeId) throws IOException {
        var fake = new FakeWorkloadApi(socket, ca, spiffeId);
        fake.restart();
        return fake;
    }

    /// The full answer for one SVID and its root, for tests that bend it before {@link #send}.
    public static X509SVIDResponse response(TestCa.Issued issued) {
        var spiffeId = sanOf(issued.leaf());
        return X509SVIDResponse.newBuilder()
                .addSvids(X509SVID.newBuilder()
                        .setSpiffeId(spiffeId)
                        .setX509Svid(der(issued.chain()))
                        .setX509SvidKey(ByteString.copyFrom(issued.key().getEncoded()))
                        .setBundle(der(List.of(issued.root()))))
                .build();
    }

    /// Issues a new SVID and sends it to every open stream.
    ///
    /// @return the certificate that it carries
    public synchronized TestCa.Issued rotate() {
        return rotate(Duration.ofHours(1));
    }

    /// As {@link #rotate()}, with another lifetime.
    public synchronized TestCa.Issued rotate(Duration lifetime) {
        var issued = ca.issue(spiffeId, lifetime);
        send(response(issued));
        return issued;
    }

    /// Issues from another authority from now on, beginning with a new SVID and bundle.
    public synchronized TestCa.Issued rotate(TestCa successor) {
        ca = successor;
        return rotate();
    }

    /// A bundle as answers have it.
    ///
    /// @param roots in DER, one after the other
    public static Bundle bundle(String trustDomain, ByteString roots) {
        return Bundle.newBuilder().setTrustDomain(trustDomain).setRoots(roots).build();
    }

    /// Sends this answer to every open stream and to each later one.
    public synchronized void send(X509SVIDResponse response) {
        current = response;
        streams.forEach(stream -> stream.onNext(response));
    }

    /// Sends these bundles, by trust domain ID, to every open stream of bundles and to each later one.
    public synchronized void sendBundles(Map<String, List<X509Certificate>> byTrustDomain) {
        var response = X509BundlesResponse.newBuilder();
        byTrustDomain.forEach((domain, roots) -> response.addBundles(bundle(domain, der(roots))));
        var built = response.build();
        bundles = built;
        bundleStreams.forEach(stream -> stream.onNext(built));
    }

    /// Ends every stream of bundles with this status.
    public synchronized void endBundles(Status status) {
        bundleStreams.forEach(stream -> stream.onError(status.asRuntimeException()));
        bundleStreams.clear();
    }

    /// Streams of bundles that are open.
    public synchronized int openBundles() {
        return bundleStreams.size();
    }

    /// Ends every stream with this status and answers each later call with it, until {@link #allow}.
    public synchronized void refuse(Status status) {
        refusal = status;
        streams.forEach(stream -> stream.onError(status.asRuntimeException()));
        streams.clear();
    }

    /// Ends every open stream as a server does that shuts down in order; later calls are answered.
    public synchronized void endStreams() {
        streams.forEach(StreamObserver::onCompleted);
        streams.clear();
    }

    /// Accepts later calls and says nothing on them, until {@link #speak}.
    public synchronized void fallSilent() {
        silent = true;
    }

    /// Ends {@link #fallSilent}: answers the open streams and each later one.
    public synchronized void speak() {
        silent = false;
        send(current);
    }

    /// How long later JWT-SVIDs are valid; five minutes at first.
    public synchronized void tokenLifetime(Duration lifetime) {
        tokenLifetime = lifetime;
    }

    /// Every JWT-SVID since the start, the newest last.
    public synchronized List<String> issuedTokens() {
        return List.copyOf(issuedTokens);
    }

    /// Ends {@link #refuse}.
    public synchronized void allow() {
        refusal = null;
    }

    /// What a new stream would receive.
    public synchronized X509SVIDResponse current() {
        return current;
    }

    /// Calls since the start, refused ones included.
    public synchronized int calls() {
        return calls;
    }

    /// Streams that are open.
    public synchronized int open() {
        return streams.size();
    }

    /// Waits up to 20 s until there were this many calls since the start, refused ones included.
    public synchronized void awaitCalls(int total) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        while (calls < total) {
            long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
            if (left <= 0) {
                throw new AssertionError(calls + " calls instead of " + total);
            }
            wait(left);
        }
    }

    /// Goes away with its socket; streams break.
    public void stop() {
        Server stopping;
        synchronized (this) {
            stopping = server;
            server = null;
            streams.clear();
            bundleStreams.clear();
        }
        if (stopping != null) {
            stopping.shutdownNow();
            awaitEnd(stopping);
        }
    }

    /// Serves again on the same socket after {@link #stop}.
    public synchronized void restart() throws IOException {
        server = NettyServerBuilder.forAddress(new DomainSocketAddress(socket.toFile()))
                .channelType(EpollServerDomainSocketChannel.class)
                .bossEventLoopGroup(loops)
                .workerEventLoopGroup(loops)
                // gRPC sets it for every server, and netty warns that a Unix socket has none; null takes it back.
                .withChildOption(ChannelOption.SO_KEEPALIVE, null)
                .directExecutor()
                .intercept(new HeaderCheck())
                .addService(new Service())
                .build()
                .start();
    }

    @Override
    public void close() {
        stop();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(LIMIT_SECONDS, TimeUnit.SECONDS);
    }

    private static void awaitEnd(Server server) {
        try {
            if (!server.awaitTermination(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("the Workload API does not stop");
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void opened(ServerCallStreamObserver<X509SVIDResponse> stream) {
        calls++;
        notifyAll();
        if (refusal != null) {
            stream.onError(refusal.asRuntimeException());
            return;
        }
        stream.setOnCancelHandler(() -> forget(stream));
        streams.add(stream);
        if (!silent) {
            stream.onNext(current);
        }
    }

    private synchronized void token(JWTSVIDRequest request, StreamObserver<JWTSVIDResponse> answer) {
        if (refusal != null) {
            answer.onError(refusal.asRuntimeException());
        } else if (request.getAudienceCount() == 0) {
            answer.onError(Status.INVALID_ARGUMENT
                    .withDescription("audience must be specified")
                    .asRuntimeException());
        } else if (!silent) {
            var token = tokens.issue(spiffeId, request.getAudienceList(), tokenLifetime);
            issuedTokens.add(token);
            answer.onNext(JWTSVIDResponse.newBuilder()
                    .addSvids(JWTSVID.newBuilder().setSpiffeId(spiffeId).setSvid(token))
                    .build());
            answer.onCompleted();
        }
    }

    private JWTBundlesResponse jwtBundles() {
        var trustDomain = spiffeId.substring(0, spiffeId.indexOf('/', "spiffe://".length()));
        return JWTBundlesResponse.newBuilder()
                .putBundles(trustDomain, ByteString.copyFrom(tokens.bundle()))
                .build();
    }

    private synchronized void openedBundles(ServerCallStreamObserver<X509BundlesResponse> stream) {
        stream.setOnCancelHandler(() -> forgetBundles(stream));
        bundleStreams.add(stream);
        if (bundles != null) {
            stream.onNext(bundles);
        }
    }

    private synchronized void forgetBundles(StreamObserver<X509BundlesResponse> stream) {
        bundleStreams.remove(stream);
    }

    private synchronized void forget(StreamObserver<X509SVIDResponse> stream) {
        streams.remove(stream);
    }

    private static ByteString der(List<X509Certificate> certificates) {
        var der = new ByteArrayOutputStream();
        try {
            for (var certificate : certificates) {
                der.writeBytes(certificate.getEncoded());
            }
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException("a parsed certificate has an encoding", e);
        }
        return ByteString.copyFrom(der.toByteArray());
    }

    private static String sanOf(X509Certificate leaf) {
        try {
            return leaf.getSubjectAlternativeNames().iterator().next().get(1).toString();
        } catch (CertificateParsingException e) {
            throw new IllegalStateException("the test CA sets a SAN", e);
        }
    }

    private final class Service extends SpiffeWorkloadAPIGrpc.SpiffeWorkloadAPIImplBase {
        @Override
        public void fetchX509SVID(X509SVIDRequest request, StreamObserver<X509SVIDResponse> answers) {
            opened((ServerCallStreamObserver<X509SVIDResponse>) answers);
        }

        @Override
        public void fetchJWTSVID(JWTSVIDRequest request, StreamObserver<JWTSVIDResponse> answer) {
            token(request, answer);
        }

        @Override
        public void fetchJWTBundles(JWTBundlesRequest request, StreamObserver<JWTBundlesResponse> answers) {
            answers.onNext(jwtBundles()); // stays open; the key never changes
        }

        @Override
        public void fetchX509Bundles(X509BundlesRequest request, StreamObserver<X509BundlesResponse> answers) {
            openedBundles((ServerCallStreamObserver<X509BundlesResponse>) answers);
        }
    }

    /// The specification wants InvalidArgument for callers without the header.
    private static final class HeaderCheck implements ServerInterceptor {
        @Override
        public <Q, A> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
            if ("true".equals(headers.get(HEADER))) {
                return next.startCall(call, headers);
            }
            call.close(Status.INVALID_ARGUMENT.withDescription("security header missing from request"), new Metadata());
            return new ServerCall.Listener<>() {};
        }
    }
}
