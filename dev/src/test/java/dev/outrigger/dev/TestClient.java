package dev.outrigger.dev;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.outrigger.proto.core.Node;
import dev.outrigger.proto.discovery.AggregatedDiscoveryServiceGrpc;
import dev.outrigger.proto.discovery.AggregatedDiscoveryServiceGrpc.AggregatedDiscoveryServiceStub;
import dev.outrigger.proto.rpc.Status;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// A client that keeps what it is sent and acknowledges it. Guarded by itself.
///
/// @param <Q> request
/// @param <A> response
abstract class TestClient<Q, A> implements AutoCloseable {
    private static final long LIMIT_SECONDS = 20;
    static final Node NODE = Node.newBuilder().setId("test").build();

    /// One push, as it came.
    record Push(ResourceType type, String version, List<String> names, List<String> removed) {}

    private final ManagedChannel channel;
    private final StreamObserver<Q> requests;
    final Map<ResourceType, Map<String, Any>> state = new EnumMap<>(ResourceType.class);
    private final List<Push> pushes = new ArrayList<>();
    private boolean closed;
    private @Nullable String refusal;
    private @Nullable Throwable ended;

    TestClient(InetSocketAddress server) {
        channel = NettyChannelBuilder.forAddress(server).usePlaintext().build();
        requests = open(AggregatedDiscoveryServiceGrpc.newStub(channel), new StreamObserver<>() {
            @Override
            public void onNext(A response) {
                onResponse(response);
            }

            @Override
            public void onError(Throwable error) {
                onEnd(error);
            }

            @Override
            public void onCompleted() {
                onEnd(new AssertionError("completed"));
            }
        });
    }

    abstract StreamObserver<Q> open(AggregatedDiscoveryServiceStub stub, StreamObserver<A> responses);

    /// Applies a response.
    abstract Push apply(A response);

    abstract Q answer(A response, @Nullable Status error);

    private synchronized void onResponse(A response) {
        if (closed) {
            return;
        }
        var error = refusal == null
                ? null
                : Status.newBuilder().setCode(13).setMessage(refusal).build();
        refusal = null;
        pushes.add(apply(response));
        send(answer(response, error));
        notifyAll();
    }

    private synchronized void onEnd(Throwable error) {
        ended = error;
        notifyAll();
    }

    final synchronized void send(Q request) {
        requests.onNext(request);
    }

    /// The next push is answered with a NACK.
    final synchronized void refuseNext(String reason) {
        refusal = reason;
    }

    final synchronized Map<String, Any> held(ResourceType type) {
        return new TreeMap<>(state.getOrDefault(type, Map.of()));
    }

    /// The pushes since the last call.
    final synchronized List<Push> takePushes() {
        var taken = List.copyOf(pushes);
        pushes.clear();
        return taken;
    }

    final void awaitHeld(ResourceType type, Map<String, Any> expected) throws InterruptedException {
        await(
                () -> held(type).equals(new TreeMap<>(expected)),
                () -> type + " is " + held(type).keySet() + " instead of " + expected.keySet());
    }

    final void awaitPush(ResourceType type) throws InterruptedException {
        await(() -> pushes.stream().anyMatch(p -> p.type() == type), () -> "no push of " + type);
    }

    final void awaitRemoved(String name) throws InterruptedException {
        await(() -> pushes.stream().anyMatch(p -> p.removed().contains(name)), () -> name + " was not removed");
    }

    final String awaitEnd() throws InterruptedException {
        await(() -> ended != null, () -> "the stream goes on");
        return String.valueOf(ended);
    }

    private synchronized void await(BooleanSupplier reached, java.util.function.Supplier<String> otherwise)
            throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        while (!reached.getAsBoolean()) {
            long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
            if (left <= 0) {
                throw new AssertionError(otherwise.get() + "; stream ended: " + ended + "; pushes: " + pushes);
            }
            wait(left);
        }
    }

    static ResourceType type(String url) {
        return ResourceType.of(url).orElseThrow();
    }

    static String nameOf(ResourceType type, Any any) {
        try {
            if (type == ResourceType.NAMES) {
                return "names";
            }
            Message message = type.prototype().getParserForType().parseFrom(any.getValue());
            var field = message.getDescriptorForType().findFieldByName(type.nameField());
            return String.valueOf(message.getField(field));
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        channel.shutdownNow();
    }
}
