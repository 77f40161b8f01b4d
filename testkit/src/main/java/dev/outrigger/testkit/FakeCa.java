package dev.outrigger.testkit;

import dev.outrigger.proto.ca.IstioCertificateRequest;
import dev.outrigger.proto.ca.IstioCertificateResponse;
import dev.outrigger.proto.ca.IstioCertificateServiceGrpc;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;
import org.jspecify.annotations.Nullable;

/// A working certificate authority (`istio.v1.auth.IstioCertificateService`) on loopback. It checks the signature
/// of each request, issues for the identity of its caller whatever the request says, as istiod does, and can
/// refuse, hang, be slow, or send something else.
///
/// Thread-safe; all state is guarded by `this`.
public final class FakeCa implements AutoCloseable {
    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
    private static final long LIMIT_SECONDS = 20;
    private static final Duration SKEW = Duration.ofMinutes(1);

    private final String spiffeId;
    private final InstantSource clock;
    private final TestCa.@Nullable Issued serverCertificate;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("fake-ca").factory());
    private final List<Call> calls = new ArrayList<>();
    private TestCa ca;
    private Duration lifetime = Duration.ofHours(1);
    private Duration delay = Duration.ZERO;
    private @Nullable Status refusal;
    private boolean hangs;
    private UnaryOperator<List<String>> bend = UnaryOperator.identity();
    private @Nullable String token;
    private int port;
    private @Nullable Server server;

    /// One request.
    ///
    /// @param headers those it came with
    /// @param message what it asked for
    public record Call(Metadata headers, IstioCertificateRequest message) {
        /// The value of a header, empty when it is missing.
        public String header(String name) {
            var value = headers.get(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER));
            return value == null ? "" : value;
        }
    }

    private FakeCa(TestCa ca, String spiffeId, InstantSource clock, TestCa.@Nullable Issued serverCertificate) {
        this.ca = ca;
        this.spiffeId = spiffeId;
        this.clock = clock;
        this.serverCertificate = serverCertificate;
    }

    /// Serves without TLS on a free port.
    ///
    /// @param spiffeId whom every certificate is for
    public static FakeCa start(TestCa ca, String spiffeId) throws IOException {
        return start(ca, spiffeId, InstantSource.system(), null);
    }

    /// Serves on a free port.
    ///
    /// @param clock certificates are valid from a minute before its time on
    /// @param serverCertificate for TLS; plaintext when null
    public static FakeCa start(
            TestCa ca, String spiffeId, InstantSource clock, TestCa.@Nullable Issued serverCertificate)
            throws IOException {
        var fake = new FakeCa(ca, spiffeId, clock, serverCertificate);
        fake.restart();
        return fake;
    }

    /// Where it is, or was before {@link #stop}.
    public synchronized InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    /// Lifetime of what it issues from now on, whatever is asked for.
    public synchronized void lifetime(Duration next) {
        lifetime = next;
    }

    /// Issues from another authority from now on.
    public synchronized void succeed(TestCa successor) {
        ca = successor;
    }

    /// Answers each later call with this status, until {@link #issue}.
    public synchronized void refuse(Status status) {
        refusal = status;
    }

    /// Accepts later calls and never answers them, until {@link #issue}.
    public synchronized void hang() {
        hangs = true;
    }

    /// Answers this much later.
    public synchronized void slow(Duration by) {
        delay = by;
    }

    /// Changes the parts of each later answer, until {@link #issue}.
    public synchronized void bend(UnaryOperator<List<String>> how) {
        bend = how;
    }

    /// Refuses calls without this bearer token as unauthenticated.
    public synchronized void require(String bearerToken) {
        token = bearerToken;
    }

    /// Ends {@link #refuse}, {@link #hang}, {@link #slow} and {@link #bend}.
    public synchronized void issue() {
        refusal = null;
        hangs = false;
        delay = Duration.ZERO;
        bend = UnaryOperator.identity();
    }

    /// Every call since the start.
    public synchronized List<Call> calls() {
        return List.copyOf(calls);
    }

    /// Waits up to 20 s until there were this many calls since the start.
    public synchronized void awaitCalls(int total) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        while (calls.size() < total) {
            long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
            if (left <= 0) {
                throw new AssertionError(calls.size() + " calls instead of " + total);
            }
            wait(left);
        }
    }

    /// What it answers to a request, before {@link #bend}.
    ///
    /// @param request PEM
    public synchronized List<String> sign(String request) {
        var now = clock.instant();
        var chain = ca.certify(publicKey(request).orElseThrow(), spiffeId, now.minus(SKEW), now.plus(lifetime));
        var parts = new ArrayList<>(
                chain.stream().map(one -> TestCa.pem(List.of(one))).toList());
        parts.add(ca.rootPem().stripTrailing()); // without a line break, as some authorities send it
        return parts;
    }

    /// Goes away; calls break.
    public void stop() {
        Server stopping;
        synchronized (this) {
            stopping = server;
            server = null;
        }
        if (stopping == null) {
            return;
        }
        try {
            if (!stopping.shutdownNow().awaitTermination(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("the authority does not stop");
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /// Serves again on the same port after {@link #stop}.
    public synchronized void restart() throws IOException {
        var builder = NettyServerBuilder.forAddress(address()).intercept(new Recorder());
        if (serverCertificate != null) {
            builder.sslContext(
                    GrpcSslContexts.forServer(stream(serverCertificate.chainPem()), stream(serverCertificate.keyPem()))
                            .build());
        }
        server = builder.addService(new Service()).build().start();
        port = server.getPort();
    }

    @Override
    public void close() {
        stop();
        timer.shutdownNow();
    }

    private static ByteArrayInputStream stream(String pem) {
        return new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII));
    }

    private static java.util.Optional<java.security.PublicKey> publicKey(String pem) {
        try (var parser = new PEMParser(new StringReader(pem))) {
            var request = new JcaPKCS10CertificationRequest((PKCS10CertificationRequest) parser.readObject());
            var key = request.getPublicKey();
            return request.isSignatureValid(new JcaContentVerifierProviderBuilder().build(key))
                    ? java.util.Optional.of(key)
                    : java.util.Optional.empty();
        } catch (IOException | GeneralSecurityException | OperatorCreationException | PKCSException e) {
            throw new IllegalArgumentException("no certificate request", e);
        }
    }

    private synchronized void called(IstioCertificateRequest request, StreamObserver<IstioCertificateResponse> answer) {
        var headers = Recorder.HEADERS.get();
        calls.add(new Call(headers, request));
        notifyAll();
        if (hangs) {
            return;
        }
        if (refusal != null) {
            answer.onError(refusal.asRuntimeException());
        } else if (token != null && !("Bearer " + token).equals(headers.get(AUTHORIZATION))) {
            answer.onError(Status.UNAUTHENTICATED
                    .withDescription("request authenticate failure")
                    .asRuntimeException());
        } else {
            var response = IstioCertificateResponse.newBuilder()
                    .addAllCertChain(bend.apply(sign(request.getCsr())))
                    .build();
            var _ = timer.schedule(() -> send(answer, response), delay.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private static void send(StreamObserver<IstioCertificateResponse> answer, IstioCertificateResponse response) {
        answer.onNext(response);
        answer.onCompleted();
    }

    private final class Service extends IstioCertificateServiceGrpc.IstioCertificateServiceImplBase {
        @Override
        public void createCertificate(
                IstioCertificateRequest request, StreamObserver<IstioCertificateResponse> answer) {
            called(request, answer);
        }
    }

    /// Keeps the headers for the service.
    private static final class Recorder implements ServerInterceptor {
        private static final io.grpc.Context.Key<Metadata> HEADERS = io.grpc.Context.key("headers");

        @Override
        public <Q, A> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
            return io.grpc.Contexts.interceptCall(
                    io.grpc.Context.current().withValue(HEADERS, headers), call, headers, next);
        }
    }
}
