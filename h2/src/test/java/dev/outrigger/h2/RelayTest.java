package dev.outrigger.h2;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Both sides against grpc-java: its client, our server and client, its server.
class RelayTest {
    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(3, EpollIoHandler.newFactory());

    @TempDir
    Path folder;

    private Server server;
    private Relay relay;
    private ManagedChannel channel;

    @BeforeEach
    void start() throws Exception {
        server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .maxInboundMessageSize(Integer.MAX_VALUE)
                .permitKeepAliveTime(1, TimeUnit.MILLISECONDS)
                .addService(ServerServiceDefinition.builder(Bytes.SERVICE)
                        .addMethod(Bytes.TALK, (call, headers) -> new Echo(call))
                        .addMethod(Bytes.method("Fail"), (call, headers) -> {
                            call.close(
                                    Status.PERMISSION_DENIED.withDescription(
                                            "100 % nö: x-test=" + headers.get(key("x-test"))),
                                    new Metadata());
                            return new ServerCall.Listener<>() {};
                        })
                        .build())
                .build()
                .start();
        relay = new Relay(
                folder.resolve("S"),
                new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getPort()),
                loops.next(),
                Duration.ofMillis(100));
        channel = NettyChannelBuilder.forAddress(
                        new DomainSocketAddress(folder.resolve("S").toString()))
                .channelType(EpollDomainSocketChannel.class)
                .withOption(ChannelOption.SO_KEEPALIVE, null)
                .eventLoopGroup(loops)
                .overrideAuthority("localhost")
                .maxInboundMessageSize(Integer.MAX_VALUE)
                .usePlaintext()
                .build();
    }

    @AfterEach
    void stop() {
        channel.shutdownNow();
        relay.close();
        server.shutdownNow();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(5, TimeUnit.SECONDS);
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void messagesComeBackAsTheyWent(long seed) throws Exception {
        var random = new Random(seed);
        var clients = new ArrayList<Client>();
        for (int i = 0; i < 4; i++) {
            clients.add(new Client("Talk"));
        }
        var sent = new ArrayList<List<byte[]>>();
        for (var client : clients) {
            var messages = new ArrayList<byte[]>();
            for (int i = 0; i < 30; i++) {
                var message = new byte[size(random)];
                random.nextBytes(message);
                messages.add(message);
                client.call.sendMessage(message);
            }
            client.call.request(messages.size());
            sent.add(messages);
        }
        for (int i = 0; i < clients.size(); i++) {
            for (var message : sent.get(i)) {
                assertThat(clients.get(i).next()).isEqualTo(message);
            }
            clients.get(i).call.halfClose();
            assertThat(clients.get(i).status()).isEqualTo(Status.OK);
        }
    }

    @Test
    void aMessageOf64MiBPasses() throws Exception {
        var client = new Client("Talk");
        var message = new byte[64 << 20];
        new Random(5).nextBytes(message);
        client.call.sendMessage(message);
        client.call.request(1);
        assertThat(client.next()).isEqualTo(message);
    }

    @Test
    void aStreamThatNobodyReadsHoldsBackNoOther() throws Exception {
        var stuck = new Client("Talk");
        for (int i = 0; i < 40; i++) {
            stuck.call.sendMessage(new byte[1 << 20]);
        }
        var free = new Client("Talk");
        for (int i = 0; i < 100; i++) {
            free.call.sendMessage(new byte[] {(byte) i});
            free.call.request(1);
            assertThat(free.next()).containsExactly(i);
        }
        assertThat(stuck.messages).isEmpty();
        stuck.call.request(40);
        for (int i = 0; i < 40; i++) {
            assertThat(stuck.next()).hasSize(1 << 20);
        }
    }

    @Test
    void theServersStatusComesThrough() throws Exception {
        var client = new Client("Fail");
        assertThat(client.status().getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
        assertThat(client.status().getDescription()).isEqualTo("100 % nö: x-test=yes");
    }

    @Test
    void anUnknownMethodIsUnimplemented() throws Exception {
        assertThat(new Client("Unknown").status().getCode()).isEqualTo(Status.Code.UNIMPLEMENTED);
    }

    @Test
    void whenTheServerGoesAllCallsEndAndSoDoesTheConnection() throws Exception {
        var client = new Client("Talk");
        client.call.sendMessage(new byte[] {1});
        client.call.request(2);
        client.next();
        server.shutdownNow();
        assertThat(client.status().getCode()).isIn(Status.Code.UNAVAILABLE, Status.Code.CANCELLED);
        assertThat(relay.ended.get(10, TimeUnit.SECONDS)).isNotEmpty();
    }

    @Test
    void aClientThatCancelsHarmsNoOther() throws Exception {
        var stays = new Client("Talk");
        for (int i = 0; i < 50; i++) {
            var goes = new Client("Talk");
            goes.call.sendMessage(new byte[100_000]);
            goes.call.cancel("test", null);
            stays.call.sendMessage(new byte[] {(byte) i});
            stays.call.request(1);
            assertThat(stays.next()).containsExactly(i);
        }
    }

    private static int size(Random random) {
        return switch (random.nextInt(8)) {
            case 0 -> 0;
            case 1 -> random.nextInt(16);
            case 2 -> 16_384 - 9 - random.nextInt(12);
            case 3 -> RawMessage.SMALL + random.nextInt(3) - 1;
            case 4, 5 -> random.nextInt(100_000);
            case 6 -> random.nextInt(3_000_000);
            default -> random.nextInt(2_000);
        };
    }

    private static Metadata.Key<String> key(String name) {
        return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
    }

    /// Sends back what it gets.
    private static final class Echo extends ServerCall.Listener<byte[]> {
        private final ServerCall<byte[], byte[]> call;

        Echo(ServerCall<byte[], byte[]> call) {
            this.call = call;
            call.sendHeaders(new Metadata());
            call.request(1);
        }

        @Override
        public void onMessage(byte[] message) {
            call.sendMessage(message);
            if (call.isReady()) {
                call.request(1);
            } else {
                waiting = true;
            }
        }

        private boolean waiting;

        @Override
        public void onReady() {
            if (waiting) {
                waiting = false;
                call.request(1);
            }
        }
    }

    private final class Client extends ClientCall.Listener<byte[]> {
        final BlockingQueue<byte[]> messages = new LinkedBlockingQueue<>();
        final CompletableFuture<Status> ended = new CompletableFuture<>();
        final ClientCall<byte[], byte[]> call;

        Client(String method) {
            call = channel.newCall(Bytes.method(method), CallOptions.DEFAULT);
            call.start(this, new Metadata());
        }

        byte[] next() throws Exception {
            var message = messages.poll(20, TimeUnit.SECONDS);
            if (message == null) {
                throw new AssertionError("no message, status " + ended.getNow(Status.OK));
            }
            return message;
        }

        Status status() throws Exception {
            return ended.get(20, TimeUnit.SECONDS);
        }

        @Override
        public void onMessage(byte[] message) {
            messages.add(message);
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            ended.complete(status);
        }
    }
}
