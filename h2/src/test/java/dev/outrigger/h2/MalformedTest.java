package dev.outrigger.h2;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Clients that do not keep to RFC 9113 lose their connection, are told why, and harm nobody else.
class MalformedTest {
    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(US_ASCII);
    private static final int FAILED = -1;
    private static final int LARGEST = 4 << 20;

    private final MultiThreadIoEventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());

    @TempDir
    Path folder;

    private H2Server server;

    @BeforeEach
    void serve() throws IOException {
        server = UnixListener.bind(new UnixListener.Name("test", "another"), folder.resolve("S"), "rw-------")
                .serve(loops.next(), H2Options.server(65_535, LARGEST), (call, _) -> new Sink(call));
    }

    @AfterEach
    void close() {
        server.close();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    static Stream<Arguments> offences() {
        return Stream.of(
                Arguments.of("is this HTTP/2?", frame(0x20_0000, 0, 0, 1, new byte[0])),
                Arguments.of("more padding than payload", concat(headers(1), frame(0, 8, 1, data(9, 0, 0)))),
                Arguments.of("has the number 2", headers(2)),
                Arguments.of("out of order", frame(9, 4, 1, new byte[0])),
                Arguments.of("broken off", concat(frame(1, 0, 1, new byte[0]), frame(6, 0, 0, new byte[8]))),
                Arguments.of("headers cannot be read", frame(1, 4, 1, data(0xff, 0xff, 0xff, 0xff, 0xff, 0xff))),
                Arguments.of("a push was promised", frame(5, 4, 1, new byte[4])),
                Arguments.of("shorter than its type needs", frame(6, 0, 0, new byte[3])),
                Arguments.of("shorter than its type needs", frame(4, 0, 0, new byte[5])),
                Arguments.of("a window grew by 0", frame(8, 0, 0, new byte[4])),
                Arguments.of("frames of at most 1", frame(4, 0, 0, data(0, 5, 0, 0, 0, 1))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("offences")
    void theReasonIsTold(String reason, byte[] offence) throws IOException {
        try (var client = connect()) {
            send(client, concat(PREFACE, frame(4, 0, 0, new byte[0]), offence));

            assertThat(readAll(client)).contains(reason);
        }
        assertServing();
    }

    @Test
    void whoDoesNotSpeakHttp2IsToldSo() throws IOException {
        try (var client = connect()) {
            send(client, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(US_ASCII));

            assertThat(readAll(client)).contains("does not speak HTTP/2");
        }
    }

    @Test
    void aMessageThatIsTooLargeEndsItsCallAlone() throws IOException {
        try (var client = connect()) {
            var large = frame(0, 0, 1, data(0, 0, 0x40, 0, 1));
            send(client, concat(PREFACE, frame(4, 0, 0, new byte[0]), grpcHeaders(1), large));

            readUntil(client, "a message of 4194305 bytes; 4194304 are allowed");
            send(client, frame(6, 0, 0, "are you?".getBytes(US_ASCII)));
            readUntil(client, "are you?");
        }
    }

    @Test
    void whoPingsWithoutReadingIsLetGo() throws IOException {
        try (var client = connect()) {
            client.configureBlocking(false);
            send(client, PREFACE);
            var pings = concat(Stream.generate(() -> frame(6, 0, 0, new byte[8]))
                    .limit(1_000)
                    .toArray(byte[][]::new));
            long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
            while (isOpen(client, pings)) {
                assertThat(System.nanoTime()).isLessThan(limit);
            }
        }
        assertServing();
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void randomDamageCostsTheConnectionAtMost(long seed) throws IOException {
        var random = new Random(seed);
        for (int run = 0; run < 300; run++) {
            try (var client = connect()) {
                var bytes = conversation(random);
                for (int i = random.nextInt(4); i >= 0; i--) {
                    bytes[PREFACE.length + random.nextInt(bytes.length - PREFACE.length)] = (byte) random.nextInt();
                }
                send(client, bytes);
            }
        }
        assertServing();
    }

    private static byte[] conversation(Random random) {
        var frames = new byte[random.nextInt(8) + 3][];
        frames[0] = PREFACE;
        frames[1] = frame(4, 0, 0, data(0, 4, 0, 1, 0, 0));
        for (int i = 2; i < frames.length; i++) {
            frames[i] = switch (random.nextInt(6)) {
                case 0 -> headers(random.nextInt(10) | 1);
                case 1 -> frame(0, random.nextInt(2), 1, data(0, 0, 0, 0, 1, 7));
                case 2 -> frame(6, 0, 0, new byte[8]);
                case 3 -> frame(8, 0, random.nextInt(2), data(0, 0, 1, 0));
                case 4 -> frame(3, 0, 1, data(0, 0, 0, 8));
                default -> frame(0, 8, 1, data(1, 0, 0, 0, 0, 1, 7, 0));
            };
        }
        return concat(frames);
    }

    /// A proper client is answered.
    private void assertServing() throws IOException {
        try (var client = connect()) {
            send(client, concat(PREFACE, frame(4, 0, 0, new byte[0]), frame(6, 0, 0, "are you?".getBytes(US_ASCII))));
            readUntil(client, "are you?");
        }
    }

    private static void readUntil(SocketChannel client, String text) throws IOException {
        var answer = ByteBuffer.allocate(1_000);
        while (!new String(answer.array(), US_ASCII).contains(text)) {
            assertThat(client.read(answer)).isPositive();
        }
    }

    private SocketChannel connect() throws IOException {
        return SocketChannel.open(UnixDomainSocketAddress.of(folder.resolve("S")));
    }

    private static void send(SocketChannel client, byte[] bytes) {
        try {
            for (var left = ByteBuffer.wrap(bytes); left.hasRemaining(); ) {
                client.write(left);
            }
        } catch (IOException e) {
            // closed by the server before it had all of it
        }
    }

    /// Sends as much as goes.
    private static boolean isOpen(SocketChannel client, byte[] bytes) {
        try {
            return client.write(ByteBuffer.wrap(bytes)) > FAILED;
        } catch (IOException e) {
            return false;
        }
    }

    /// All until the server closes; what came by then after ten seconds.
    private static String readAll(SocketChannel client) throws IOException {
        var read = new StringBuilder();
        var buffer = ByteBuffer.allocate(4_096);
        client.configureBlocking(false);
        try (var selector = Selector.open()) {
            client.register(selector, SelectionKey.OP_READ);
            while (selector.select(10_000) > 0 && client.read(buffer.clear()) >= 0) {
                selector.selectedKeys().clear();
                read.append(UTF_8.decode(buffer.flip()));
            }
        }
        return read.toString();
    }

    private static byte[] headers(int stream) {
        // :method POST, :scheme http, and :path by a literal, all without a table
        return frame(1, 4, stream, data(0x83, 0x86, 0x04, 0x02, '/', 'T'));
    }

    private static byte[] grpcHeaders(int stream) {
        var block =
                concat(data(0x83, 0x86, 0x04, 0x02, '/', 'T', 0x0f, 0x10, 0x10), "application/grpc".getBytes(US_ASCII));
        return frame(1, 4, stream, block);
    }

    private static byte[] frame(int type, int flags, int stream, byte[] payload) {
        return frame(payload.length, type, flags, stream, payload);
    }

    private static byte[] frame(int length, int type, int flags, int stream, byte[] payload) {
        ByteBuf out = Unpooled.buffer();
        out.writeMedium(length)
                .writeByte(type)
                .writeByte(flags)
                .writeInt(stream)
                .writeBytes(payload);
        return ByteBufUtil.getBytes(out);
    }

    private static byte[] data(int... bytes) {
        var data = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            data[i] = (byte) bytes[i];
        }
        return data;
    }

    private static byte[] concat(byte[]... parts) {
        return ByteBufUtil.getBytes(Unpooled.wrappedBuffer(parts));
    }

    /// Takes what comes.
    private record Sink(Call call) implements CallListener {
        Sink {
            call.request(Integer.MAX_VALUE);
        }

        @Override
        public void onMessage(RawMessage message) {
            message.release();
        }

        @Override
        public void onHalfClose() {
            call.close(new CallStatus(CallStatus.OK, ""));
        }

        @Override
        public void onClosed(CallStatus status) {}
    }
}
