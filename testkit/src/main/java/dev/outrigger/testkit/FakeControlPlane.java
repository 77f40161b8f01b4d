package dev.outrigger.testkit;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// A control plane: an aggregated discovery service on a loopback TCP port, state of the world and delta.
///
/// It pushes what {@link #setResources} says to whoever is subscribed, honours versions and nonces, and remembers
/// every request. Any thread may use it; everything mutable is guarded by it.
public final class FakeControlPlane implements AutoCloseable {
    private static final String SERVICE = "envoy.service.discovery.v3.AggregatedDiscoveryService";
    private static final long LIMIT_SECONDS = 20;

    private final @Nullable SslContext security;
    private final @Nullable Duration oldest;
    private final Map<String, Collection> collections = new HashMap<>();
    private final Set<String> withheld = new HashSet<>();
    private final Set<FakeControlPlaneStream> streams = new LinkedHashSet<>();
    private final List<FakeControlPlaneRequest> requests = new ArrayList<>();
    private @Nullable Status failure;
    private int opened;
    private int taken;
    private final Map<Integer, Long> flooded = new HashMap<>();
    private boolean deaf;
    private byte @Nullable [] flood;
    private final int port;
    private Server server;

    /// @param version of the whole, as state of the world counts
    record Collection(String version, Map<String, Versioned> resources) {}

    /// @param version since when it has this value
    @SuppressWarnings("ArrayRecordComponent") // compared by hand
    record Versioned(String version, byte[] value) {}

    private FakeControlPlane(@Nullable SslContext security, @Nullable Duration oldest) throws IOException {
        this.security = security;
        this.oldest = oldest;
        this.server = serve(0);
        this.port = server.getPort();
    }

    /// Serves in clear on a free port.
    public static FakeControlPlane start() throws IOException {
        return new FakeControlPlane(null, null);
    }

    /// Serves in clear on a free port, and closes each connection in order that is as old as that, give or take a
    /// tenth.
    public static FakeControlPlane start(Duration oldest) throws IOException {
        return new FakeControlPlane(null, oldest);
    }

    /// Serves TLS on a free port.
    ///
    /// @param security a server context with `h2` as application protocol
    public static FakeControlPlane start(SslContext security) throws IOException {
        return new FakeControlPlane(security, null);
    }

    /// Where it listens; stays the same over {@link #restart}.
    public InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    /// Publishes all resources of a type and pushes them to who is subscribed.
    ///
    /// @param version of this state
    /// @param values serialised messages by resource name
    public synchronized void setResources(String typeUrl, String version, Map<String, byte[]> values) {
        var old =
                collections.getOrDefault(typeUrl, new Collection("", Map.of())).resources();
        var resources = new LinkedHashMap<String, Versioned>();
        values.forEach((name, value) -> {
            var before = old.get(name);
            boolean same = before != null && Arrays.equals(before.value(), value);
            resources.put(name, same ? before : new Versioned(version, value));
        });
        collections.put(typeUrl, new Collection(version, resources));
        streams.forEach(stream -> update(stream, typeUrl));
    }

    /// Accepts subscriptions of a type and sends nothing, until {@link #release}.
    public synchronized void withhold(String typeUrl) {
        withheld.add(typeUrl);
    }

    /// Sends what was withheld.
    public synchronized void release(String typeUrl) {
        withheld.remove(typeUrl);
        streams.forEach(stream -> update(stream, typeUrl));
    }

    /// Ends open streams and refuses new ones with this status, until {@link #recover}.
    public synchronized void fail(Status status) {
        failure = status;
        for (var stream : List.copyOf(streams)) {
            streams.remove(stream);
            stream.call().close(status, new Metadata());
        }
    }

    /// Accepts streams again.
    public synchronized void recover() {
        failure = null;
    }

    /// Sends a message as it is to every open stream.
    public synchronized void pushRaw(byte[] message) {
        streams.forEach(stream -> stream.call().sendMessage(message));
    }

    /// Sends a message to every open stream again and again, as fast as the streams take it.
    public synchronized void flood(byte[] message) {
        flood = message;
        streams.forEach(this::pour);
    }

    /// How many messages of a {@link #flood} the streams took so far.
    public synchronized long flooded() {
        return flooded.values().stream().mapToLong(Long::longValue).sum();
    }

    /// How many messages of a {@link #flood} one stream took so far.
    ///
    /// @param stream counts the streams since this was made, from 1
    public synchronized long flooded(int stream) {
        return flooded.getOrDefault(stream, 0L);
    }

    /// Reads no more requests than those that are here, for good.
    public synchronized void stopReading() {
        deaf = true;
    }

    /// Stops the flood.
    public synchronized void ebb() {
        flood = null;
    }

    /// How many streams were opened since it was made.
    public synchronized int opened() {
        return opened;
    }

    /// How many streams are open.
    public synchronized int open() {
        return streams.size();
    }

    /// Every request since it was made, in the order of arrival.
    public synchronized List<FakeControlPlaneRequest> requests() {
        return List.copyOf(requests);
    }

    /// Waits up to 20 s for the next request that matches; those before it are passed over for good.
    public synchronized FakeControlPlaneRequest await(Predicate<FakeControlPlaneRequest> matching)
            throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        while (true) {
            while (taken < requests.size()) {
                var request = requests.get(taken++);
                if (matching.test(request)) {
                    return request;
                }
            }
            long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
            if (left <= 0) {
                throw new AssertionError("no such request; got "
                        + requests.stream()
                                .map(it -> it.typeUrl() + " nonce=" + it.nonce() + " on stream " + it.stream())
                                .toList());
            }
            wait(left);
        }
    }

    /// Waits up to 20 s for the next request for a type; those before it are passed over for good.
    public FakeControlPlaneRequest await(String typeUrl) throws InterruptedException {
        return await(request -> request.typeUrl().equals(typeUrl));
    }

    /// Drops all connections and listens no more.
    public void stop() throws InterruptedException {
        Server stopped;
        synchronized (this) {
            stopped = server;
            streams.clear();
        }
        stopped.shutdownNow();
        if (!stopped.awaitTermination(LIMIT_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("the control plane does not stop");
        }
    }

    /// Listens on the same port again, after {@link #stop}; resources and requests are kept.
    public synchronized void restart() throws IOException {
        server = serve(port);
    }

    @Override
    public void close() {
        try {
            stop();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Server serve(int at) throws IOException {
        var builder = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), at))
                .maxInboundMessageSize(Integer.MAX_VALUE)
                .addService(ServerServiceDefinition.builder(SERVICE)
                        .addMethod(method("StreamAggregatedResources"), handler(false))
                        .addMethod(method("DeltaAggregatedResources"), handler(true))
                        .build());
        if (security != null) {
            builder.sslContext(security);
        }
        if (oldest != null) {
            builder.maxConnectionAge(oldest.toMillis(), TimeUnit.MILLISECONDS)
                    .maxConnectionAgeGrace(0, TimeUnit.MILLISECONDS);
        }
        return builder.build().start();
    }

    private ServerCallHandler<byte[], byte[]> handler(boolean delta) {
        return (call, headers) -> open(call, headers, delta);
    }

    private synchronized ServerCall.Listener<byte[]> open(
            ServerCall<byte[], byte[]> call, Metadata headers, boolean delta) {
        opened++;
        if (failure != null) {
            call.close(failure, new Metadata());
            return new ServerCall.Listener<>() {};
        }
        var stream = new FakeControlPlaneStream(opened, call);
        int number = opened;
        streams.add(stream);
        call.sendHeaders(new Metadata());
        call.request(1);
        return new ServerCall.Listener<>() {
            @Override
            public void onMessage(byte[] message) {
                received(stream, new FakeControlPlaneRequest(number, delta, headers, message));
            }

            @Override
            public void onReady() {
                synchronized (FakeControlPlane.this) {
                    pour(stream);
                }
            }

            @Override
            public void onHalfClose() {
                gone(stream);
                call.close(Status.OK, new Metadata());
            }

            @Override
            public void onCancel() {
                gone(stream);
            }
        };
    }

    private synchronized void received(FakeControlPlaneStream stream, FakeControlPlaneRequest request) {
        requests.add(request);
        notifyAll();
        if (stream.onRequest(request)) {
            update(stream, request.typeUrl());
        }
        if (!deaf && streams.contains(stream)) {
            stream.call().request(1);
        }
    }

    private synchronized void gone(FakeControlPlaneStream stream) {
        streams.remove(stream);
    }

    private synchronized void update(FakeControlPlaneStream stream, String typeUrl) {
        var all = collections.get(typeUrl);
        if (all == null || withheld.contains(typeUrl) || !streams.contains(stream)) {
            return;
        }
        boolean delta = stream.call().getMethodDescriptor().getFullMethodName().endsWith("DeltaAggregatedResources");
        var push = stream.next(typeUrl, all, delta);
        if (push != null) {
            stream.call().sendMessage(push);
        }
    }

    private synchronized void pour(FakeControlPlaneStream stream) {
        while (flood != null && streams.contains(stream) && stream.call().isReady()) {
            stream.call().sendMessage(flood);
            flooded.merge(stream.number(), 1L, Long::sum);
        }
    }

    private static MethodDescriptor<byte[], byte[]> method(String name) {
        return RawMethod.bidirectional(MethodDescriptor.generateFullMethodName(SERVICE, name));
    }
}
