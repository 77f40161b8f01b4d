package dev.outrigger.agent.it;

import com.google.protobuf.ByteString;
import dev.outrigger.h2.Call;
import dev.outrigger.h2.CallHandler;
import dev.outrigger.h2.CallListener;
import dev.outrigger.h2.CallStatus;
import dev.outrigger.h2.H2Options;
import dev.outrigger.h2.RawMessage;
import dev.outrigger.h2.UnixListener;
import dev.outrigger.proto.discovery.DiscoveryRequest;
import dev.outrigger.proto.discovery.DiscoveryResponse;
import dev.outrigger.proto.secret.SecretDiscoveryServiceGrpc;
import dev.outrigger.proto.workload.SpiffeWorkloadAPIGrpc;
import dev.outrigger.proto.workload.X509SVIDRequest;
import dev.outrigger.proto.workload.X509SVIDResponse;
import dev.outrigger.testkit.FakeWorkloadApi;
import dev.outrigger.testkit.TestCa;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Run by `bench/sds`, not with the tests: how long a new SVID takes from the Workload API until a TLS client is
/// shown it by Envoy's listener, and then, without those, until another client of the agent has it. Source,
/// clients and clock are in this process; the agent and Envoy are their own.
///
/// System property: `outrigger.bench.rotations`, 300 unless given.
class RotationBenchmark {
    /// Rotations after which what is called in each of them is compiled.
    private static final int WARM = 1_300;
    private static final int LIMIT_SECONDS = 30;
    /// Messages, certificates and looks after which what source and client do for each is compiled, so that it
    /// does not count.
    private static final int PRACTICE = 5_000;
    /// Between two looks at the listener: a look after the other takes the CPU away that the agent and Envoy
    /// need.
    private static final long PAUSE_NANOS = 300_000;

    @TempDir
    private Path folder;

    private final CountDownLatch never = new CountDownLatch(1);
    private final Random random = new Random(1);

    @Test
    void measure() throws IOException, InterruptedException {
        int rotations = Integer.getInteger("outrigger.bench.rotations", 300);
        var ca = TestCa.create("root");
        var socket = folder.resolve("spire.sock");
        try (var source =
                        Source.start(socket, FakeWorkloadApi.response(ca.issue(Mesh.SPIFFE_ID, Duration.ofHours(1))));
                var mesh = Mesh.start(folder);
                var agent = mesh.agent("--identity=workload-api", "--spiffe-socket=" + socket)) {
            agent.awaitReady();
            Source.practise(folder.resolve("practice.sock"), FakeWorkloadApi.response(next(ca)));
            var client = new TlsClient(mesh.inbound());
            for (var i = 0; i < PRACTICE; i++) {
                FakeWorkloadApi.response(ca.issue(Mesh.SPIFFE_ID, Duration.ofHours(1)));
                client.look();
            }
            look("fresh", rotations, ca, source, client);
            for (var i = rotations; i < WARM; i++) {
                var issued = next(ca);
                source.send(FakeWorkloadApi.response(issued));
                client.awaitShown(issued.leaf());
            }
            look("warm", rotations, ca, source, client);
            var pushed = new long[rotations];
            try (var subscriber = new Subscriber(folder.resolve("sds.sock"))) {
                for (var i = 0; i < rotations; i++) {
                    var issued = next(ca);
                    subscriber.arrivals.clear();
                    var began = source.send(FakeWorkloadApi.response(issued));
                    var arrived = subscriber.arrivals.poll(LIMIT_SECONDS, TimeUnit.SECONDS);
                    if (arrived == null) {
                        throw new AssertionError("nothing came");
                    }
                    pushed[i] = arrived - began;
                }
            }
            print("warm: source -> another client of SDS", pushed);
        }
    }

    private void look(String state, int rotations, TestCa ca, Source source, TlsClient client)
            throws InterruptedException, IOException {
        var seen = new long[rotations];
        var latestStart = new long[rotations];
        for (var i = 0; i < rotations; i++) {
            var issued = next(ca);
            var began = source.send(FakeWorkloadApi.response(issued));
            var met = client.awaitShown(issued.leaf());
            seen[i] = met.end() - began;
            latestStart[i] = Math.max(0, met.start() - began);
        }
        print(state + ": source -> start of the first handshake that shows it", latestStart);
        print(state + ": source -> end of that handshake", seen);
    }

    /// A new certificate some time after the last one.
    private TestCa.Issued next(TestCa ca) throws InterruptedException {
        never.await(random.nextLong(20, 60), TimeUnit.MILLISECONDS);
        return ca.issue(Mesh.SPIFFE_ID, Duration.ofHours(1));
    }

    private static void print(String what, long[] nanos) {
        Arrays.sort(nanos);
        System.out.printf(
                Locale.ROOT,
                "bench: %-62s p50 %.2f ms, p90 %.2f ms, p99 %.2f ms (%d rotations)%n",
                what,
                nanos[nanos.length / 2] / 1e6,
                nanos[nanos.length * 9 / 10] / 1e6,
                nanos[nanos.length * 99 / 100] / 1e6,
                nanos.length);
    }

    /// A Workload API that does as little as it can between the moment that counts and the socket.
    private static final class Source implements CallHandler, AutoCloseable {
        private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        private final EventLoop loop = group.next();
        private final List<Call> streams = new CopyOnWriteArrayList<>();
        private final byte[] first;

        private Source(X509SVIDResponse first) {
            this.first = first.toByteArray();
        }

        static Source start(Path socket, X509SVIDResponse first) throws IOException {
            var source = new Source(first);
            var listener = UnixListener.bind(new UnixListener.Name("source", "-"), socket, "rw-------");
            var _ = listener.serve(source.loop, H2Options.server(65_535, 4096), source);
            return source;
        }

        @Override
        public @Nullable CallListener open(Call call, String path) {
            call.request(1);
            if (path.endsWith("/FetchX509SVID")) {
                streams.add(call);
                call.send(RawMessage.of(first));
            }
            return new CallListener() {
                @Override
                public void onMessage(RawMessage message) {
                    message.release();
                }

                @Override
                public void onClosed(CallStatus status) {
                    streams.remove(call);
                }
            };
        }

        /// Another one sends to a client of ours, until what this one does for each message is compiled: a source
        /// in use is no JVM that has just begun.
        static void practise(Path socket, X509SVIDResponse response) throws IOException, InterruptedException {
            var arrived = new LinkedBlockingQueue<X509SVIDResponse>();
            try (var source = start(socket, response);
                    var client = new Client(socket)) {
                SpiffeWorkloadAPIGrpc.newStub(client.channel)
                        .fetchX509SVID(X509SVIDRequest.getDefaultInstance(), new Arrivals<>(arrived::add));
                for (var i = 0; i <= PRACTICE; i++) { // the first comes unasked
                    if (arrived.poll(LIMIT_SECONDS, TimeUnit.SECONDS) == null) {
                        throw new AssertionError("nothing came");
                    }
                    source.send(response);
                }
            }
        }

        /// @return when the write to the socket began
        long send(X509SVIDResponse response) throws InterruptedException {
            var bytes = response.toByteArray();
            try {
                return loop.submit(() -> {
                            var began = System.nanoTime();
                            streams.forEach(stream -> stream.send(RawMessage.of(bytes)));
                            return began;
                        })
                        .get();
            } catch (ExecutionException e) {
                throw new AssertionError("it cannot be sent", e);
            }
        }

        @Override
        public void close() {
            var _ = group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        }
    }

    /// One look at the listener.
    private record Met(ByteString leaf, long start, long end) {}

    /// A client that looks which certificate the listener shows, again and again, at the least cost: the
    /// beginning of a TLS 1.2 handshake, in which the server's certificate comes in the clear (RFC 5246, section
    /// 7.4), and no more.
    private static final class TlsClient {
        private static final byte[] HELLO = HexFormat.of()
                .parseHex("1603010051" + "0100004d" + "0303" + "00".repeat(32) + "00"
                        + "0006c02bc02fcca9" // ECDHE with AES-GCM or ChaCha20
                        + "0100" + "001e"
                        + "000a00060004001d0017" // groups: X25519, P-256
                        + "000b00020100" // points: uncompressed
                        + "000d000a00080403050308040401"); // signatures
        private static final int CERTIFICATE = 11;

        private final InetSocketAddress listener;

        TlsClient(InetSocketAddress listener) {
            this.listener = listener;
        }

        Met look() throws IOException {
            var start = System.nanoTime();
            try (var socket = new Socket()) {
                socket.setTcpNoDelay(true);
                socket.connect(listener);
                socket.getOutputStream().write(HELLO);
                var leaf = leaf(new DataInputStream(socket.getInputStream()));
                return new Met(leaf, start, System.nanoTime());
            }
        }

        /// Looks until it is.
        Met awaitShown(X509Certificate leaf) throws IOException {
            var wanted = der(leaf);
            var end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
            while (System.nanoTime() < end) {
                var met = look();
                if (met.leaf().equals(wanted)) {
                    return met;
                }
                LockSupport.parkNanos(PAUSE_NANOS);
            }
            throw new AssertionError("it is not shown");
        }

        /// Reads records until the certificates are there, and takes the first.
        private static ByteString leaf(DataInputStream in) throws IOException {
            var said = ByteString.empty();
            while (true) {
                if (in.readByte() != 22) {
                    throw new IOException("no handshake record");
                }
                in.skipNBytes(2);
                var record = new byte[in.readUnsignedShort()];
                in.readFully(record);
                said = said.concat(ByteString.copyFrom(record));
                for (var at = 0; at + 4 <= said.size(); at += 4 + length(said, at + 1)) {
                    var end = at + 4 + length(said, at + 1);
                    if (said.byteAt(at) == CERTIFICATE && end <= said.size()) {
                        return said.substring(at + 10, at + 10 + length(said, at + 7));
                    }
                }
            }
        }

        private static int length(ByteString bytes, int at) {
            return (bytes.byteAt(at) & 255) << 16 | (bytes.byteAt(at + 1) & 255) << 8 | (bytes.byteAt(at + 2) & 255);
        }

        private static ByteString der(X509Certificate certificate) {
            try {
                return ByteString.copyFrom(certificate.getEncoded());
            } catch (CertificateEncodingException e) {
                throw new AssertionError(e);
            }
        }
    }

    /// A connection with a loop of its own.
    private static final class Client implements AutoCloseable {
        private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        private final ManagedChannel channel;

        Client(Path socket) {
            channel = NettyChannelBuilder.forAddress(new DomainSocketAddress(socket.toFile()))
                    .channelType(EpollDomainSocketChannel.class)
                    .eventLoopGroup(loop)
                    .directExecutor()
                    .overrideAuthority("localhost")
                    .usePlaintext()
                    .build();
        }

        @Override
        public void close() {
            channel.shutdownNow();
            var _ = loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        }
    }

    /// What comes on a stream.
    private record Arrivals<T>(Consumer<T> arrived) implements StreamObserver<T> {
        @Override
        public void onNext(T message) {
            arrived.accept(message);
        }

        @Override
        public void onError(Throwable error) {}

        @Override
        public void onCompleted() {}
    }

    /// A client of the agent's SDS that is not Envoy.
    private static final class Subscriber implements AutoCloseable {
        final BlockingQueue<Long> arrivals = new ArrayBlockingQueue<>(10_000);
        private final Client client;
        private final StreamObserver<DiscoveryRequest> requests;

        Subscriber(Path socket) {
            client = new Client(socket);
            requests = SecretDiscoveryServiceGrpc.newStub(client.channel).streamSecrets(new Arrivals<>(this::accept));
            requests.onNext(
                    DiscoveryRequest.newBuilder().addResourceNames("default").build());
        }

        private void accept(DiscoveryResponse response) {
            arrivals.add(System.nanoTime());
            requests.onNext(DiscoveryRequest.newBuilder()
                    .addResourceNames("default")
                    .setVersionInfo(response.getVersionInfo())
                    .setResponseNonce(response.getNonce())
                    .build());
        }

        @Override
        public void close() {
            client.close();
        }
    }
}
