package dev.outrigger.sds;

import static dev.outrigger.sds.TestService.names;
import static dev.outrigger.sds.TestService.want;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrigger.proto.core.Node;
import dev.outrigger.proto.discovery.DeltaDiscoveryRequest;
import dev.outrigger.proto.discovery.DiscoveryRequest;
import dev.outrigger.proto.rpc.Status;
import dev.outrigger.proto.secret.SecretDiscoveryServiceGrpc;
import dev.outrigger.testkit.TestCa;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Requests that no client should send, on a real socket: they may end their own stream, never the server or
/// another stream.
class GarbageTest {
    private static final int CALLS = 60;

    @TempDir
    Path folder;

    private final TestSds sds = new TestSds();

    @AfterEach
    void close() {
        sds.close();
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void whateverIsSentTheServerAndOtherStreamsLive(long seed) throws Exception {
        var random = new Random(seed);
        var socket = folder.resolve("sds");
        try (var server = sds.serve(socket)) {
            sds.identity.publish(TestIdentities.of(TestCa.create("root")));
            var witness = sds.sotw(socket);
            witness.send(want("default"));
            witness.next();
            var channel = sds.dial(socket);
            for (var i = 0; i < CALLS; i++) {
                call(channel, random);
            }

            sds.identity.publish(TestIdentities.of(TestCa.create("another")));
            assertThat(names(witness.next())).containsExactly("default");
            var fresh = sds.sotw(socket);
            fresh.send(want("ROOTCA"));
            assertThat(names(fresh.next())).containsExactly("ROOTCA");
            var end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
            while (server.status().streams().size() > 2) {
                assertThat(System.nanoTime()).as("streams that ended are kept").isLessThan(end);
                Thread.onSpinWait();
            }
        }
    }

    /// Some requests in one call, which is then given up.
    private static void call(ManagedChannel channel, Random random) throws InterruptedException {
        var delta = random.nextBoolean();
        var method = delta
                ? SecretDiscoveryServiceGrpc.getDeltaSecretsMethod()
                : SecretDiscoveryServiceGrpc.getStreamSecretsMethod();
        var call = channel.newCall(
                MethodDescriptor.<byte[], byte[]>newBuilder()
                        .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
                        .setFullMethodName(method.getFullMethodName())
                        .setRequestMarshaller(new Bytes())
                        .setResponseMarshaller(new Bytes())
                        .build(),
                CallOptions.DEFAULT);
        var ended = new CountDownLatch(1);
        call.start(new Ended(ended), new Metadata());
        call.request(100);
        for (var i = 0; i <= random.nextInt(4); i++) {
            call.sendMessage(delta ? deltaRequest(random) : sotwRequest(random));
        }
        call.halfClose();
        assertThat(ended.await(20, TimeUnit.SECONDS)).as("the call ends").isTrue();
    }

    private static byte[] sotwRequest(Random random) {
        var request = DiscoveryRequest.newBuilder()
                .setTypeUrl(typeUrl(random))
                .setVersionInfo(text(random))
                .setResponseNonce(nonce(random))
                .setNode(Node.newBuilder().setId(text(random)))
                .addAllResourceNames(someNames(random));
        if (random.nextBoolean()) {
            request.setErrorDetail(Status.newBuilder().setMessage(text(random)));
        }
        return bent(request.build().toByteArray(), random);
    }

    private static byte[] deltaRequest(Random random) {
        var request = DeltaDiscoveryRequest.newBuilder()
                .setTypeUrl(typeUrl(random))
                .setResponseNonce(nonce(random))
                .addAllResourceNamesSubscribe(someNames(random))
                .addAllResourceNamesUnsubscribe(someNames(random))
                .putInitialResourceVersions(text(random), text(random));
        return bent(request.build().toByteArray(), random);
    }

    private static String typeUrl(Random random) {
        return random.nextInt(6) == 0 ? text(random) : SecretResource.TYPE_URL;
    }

    private static String nonce(Random random) {
        return random.nextBoolean() ? "" : random.nextBoolean() ? "1" : text(random);
    }

    private static List<String> someNames(Random random) {
        var names = new ArrayList<String>();
        for (var i = 0; i < random.nextInt(5); i++) {
            names.add(
                    switch (random.nextInt(7)) {
                        case 0 -> "*";
                        case 1 -> "default";
                        case 2 -> "file-cert:" + text(random) + "~" + text(random);
                        case 3 -> "file-root:" + text(random);
                        case 4 -> "jwt:" + text(random);
                        case 5 -> "";
                        default -> text(random);
                    });
        }
        return names;
    }

    private static String text(Random random) {
        var text = new StringBuilder();
        for (var i = 0; i < random.nextInt(20); i++) {
            text.append((char) random.nextInt(0xd800));
        }
        return text.toString();
    }

    private static byte[] bent(byte[] message, Random random) {
        if (message.length > 0 && random.nextInt(3) == 0) {
            for (var i = 0; i <= random.nextInt(4); i++) {
                message[random.nextInt(message.length)] = (byte) random.nextInt(256);
            }
        }
        return message;
    }

    private static final class Ended extends ClientCall.Listener<byte[]> {
        private final CountDownLatch ended;

        Ended(CountDownLatch ended) {
            this.ended = ended;
        }

        @Override
        public void onClose(io.grpc.Status status, Metadata trailers) {
            ended.countDown();
        }
    }

    private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            return new byte[0];
        }
    }
}
