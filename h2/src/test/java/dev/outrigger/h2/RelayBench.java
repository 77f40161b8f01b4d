package dev.outrigger.h2;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A control plane and a client of it that do next to nothing, and the agent between them or not: what the relay
/// adds to the time from a push to its ACK, how much it lets through, and what CPU it takes. Run by
/// `bench/relay`.
///
/// Incremental ADS. 10,000 clusters of about 600 bytes. As any must, the control plane puts each push together
/// from its resources, and the client takes it apart into them; neither does more.
@SuppressWarnings("FutureReturnValueIgnored") // what cannot be written, the waits miss
final class RelayBench implements AutoCloseable {
    private static final String PATH =
            "/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources";
    private static final String TYPE = "type.googleapis.com/envoy.config.cluster.v3.Cluster";
    private static final int RESOURCES = 10_000;
    private static final int FILLING = 470;
    private static final int NONCE = 8;
    private static final int WINDOW = 1 << 28;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final double TICK_MS = 10;
    private static final long BASE = System.nanoTime();

    private final MultiThreadIoEventLoopGroup loops = new MultiThreadIoEventLoopGroup(2, EpollIoHandler.newFactory());
    private final EventLoop server = loops.next();
    private final EventLoop client = loops.next();
    private final Channel listening;
    private final BlockingQueue<Call> opened = new LinkedBlockingQueue<>();
    private final BlockingQueue<Long> answered = new LinkedBlockingQueue<>();
    private final byte[][][] all = {resources(1), resources(2)};
    private int nonces;

    private RelayBench() {
        listening = new ServerBootstrap()
                .group(server)
                .channel(EpollServerSocketChannel.class)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, H2Channels.WATER_MARKS)
                .childOption(ChannelOption.RECVBUF_ALLOCATOR, H2Channels.reads())
                .childHandler(initializer(() -> new ServerConnection(
                        H2Options.server(WINDOW, H2Options.ANY_SIZE),
                        (call, _) -> new ControlPlane(call),
                        new HashSet<>())))
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .syncUninterruptibly()
                .channel();
    }

    private static ChannelInitializer<Channel> initializer(Supplier<H2Connection> connection) {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                channel.pipeline().addLast(connection.get());
            }
        };
    }

    /// What one arm showed.
    ///
    /// @param one milliseconds from push to ACK, of one resource
    /// @param whole of all resources
    /// @param rate MB/s with four pushes under way
    /// @param cpu milliseconds a MB meanwhile; of the agent
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Figures(double[] one, double[] whole, double rate, double cpu, long rssMb) {}

    public static void main(String[] arguments) throws Exception {
        var agent = Path.of(arguments[0]);
        int rounds = Integer.parseInt(arguments[1]);
        var snapshot = arguments[2];
        try (var bench = new RelayBench()) {
            bench.direct(); // warm
            for (int round = 1; round <= rounds; round++) {
                var direct = bench.direct();
                var relayed = bench.relayed(agent, snapshot);
                print("direct", direct);
                print("agent ", relayed);
                System.out.printf(
                        Locale.ROOT,
                        "round %d: one of 10k +%.3f ms; 10k %.2f x; throughput %.2f x; CPU %.2f ms/MB; RSS %d MB%n",
                        round,
                        at(relayed.one(), 0.5) - at(direct.one(), 0.5),
                        at(relayed.whole(), 0.5) / at(direct.whole(), 0.5),
                        relayed.rate() / direct.rate(),
                        relayed.cpu(),
                        relayed.rssMb());
            }
        }
    }

    private static void print(String arm, Figures it) {
        System.out.printf(
                Locale.ROOT,
                "  %s one of 10k p50 %.3f p99 %.3f ms; 10k (%.1f MB) p50 %.2f p99 %.2f ms; %.0f MB/s%n",
                arm,
                at(it.one(), 0.5),
                at(it.one(), 0.99),
                bytes(resources(1)) / 1e6,
                at(it.whole(), 0.5),
                at(it.whole(), 0.99),
                it.rate());
    }

    private static double at(double[] sorted, double part) {
        return sorted[(int) (part * (sorted.length - 1))];
    }

    private Figures direct() throws Exception {
        return measure(listening.localAddress(), null);
    }

    private Figures relayed(Path agent, String snapshot) throws Exception {
        var folder = Files.createTempDirectory("relay-bench");
        int port = ((InetSocketAddress) listening.localAddress()).getPort();
        var process = new ProcessBuilder(
                        agent.toString(),
                        "run",
                        "--no-envoy",
                        "--no-dns",
                        "--control-plane-tls=off",
                        "--node-id=bench",
                        "--control-plane=127.0.0.1:" + port,
                        "--work-dir=" + folder,
                        "--xds-snapshot=" + snapshot,
                        "--status-address=127.0.0.1:" + freePort())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile())
                .start();
        try {
            var socket = folder.resolve("xds.sock");
            long limit = System.nanoTime() + PATIENCE.toNanos();
            while (!Files.exists(socket)) {
                if (!process.isAlive() || System.nanoTime() > limit) {
                    throw new IOException("the agent does not start:\n" + Files.readString(folder.resolve("log")));
                }
                Thread.onSpinWait();
            }
            return measure(new DomainSocketAddress(socket.toString()), process);
        } finally {
            process.destroy();
            process.waitFor();
        }
    }

    private static int freePort() throws IOException {
        try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    private Figures measure(SocketAddress at, @Nullable Process agent) throws Exception {
        var channel = connect(at);
        var stream = opened.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        if (stream == null) {
            throw new IOException("no stream reaches the control plane");
        }
        await(-1);
        times(stream, 20, i -> all[i & 1]);
        times(stream, 2_000, i -> new byte[][] {all[i & 1][i % RESOURCES]});
        var one = times(stream, 3_000, i -> new byte[][] {all[i & 1][i % RESOURCES]});
        var whole = times(stream, 60, i -> all[i & 1]);
        double cpu = cpu(agent);
        long start = System.nanoTime();
        int count = 100;
        int first = nonces + 1;
        for (int i = 0; i < count; i++) {
            send(stream, all[i & 1]);
            if (i >= 3) {
                await(first + i - 3);
            }
        }
        for (int i = count - 3; i < count; i++) {
            await(first + i);
        }
        double mb = count * (double) bytes(all[0]) / 1e6;
        double seconds = (System.nanoTime() - start) / 1e9;
        var figures = new Figures(one, whole, mb / seconds, (cpu(agent) - cpu) / mb, rss(agent));
        channel.close().syncUninterruptibly();
        return figures;
    }

    private static long bytes(byte[][] resources) {
        return Arrays.stream(resources).mapToLong(it -> it.length + 3).sum();
    }

    private interface Pushes {
        byte[][] at(int index);
    }

    private double[] times(Call stream, int count, Pushes pushes) throws Exception {
        var times = new double[count];
        for (int i = 0; i < count; i++) {
            var push = pushes.at(i);
            long start = System.nanoTime();
            long end = await(send(stream, push));
            times[i] = (end - start) / 1e6;
        }
        Arrays.sort(times);
        return times;
    }

    /// @return the nonce
    private int send(Call stream, byte[][] resources) {
        int nonce = ++nonces;
        var text = String.format(Locale.ROOT, "%0" + NONCE + "d", nonce);
        server.execute(() -> {
            var push = new Message(resources.length * (FILLING + 300)).text(1, "v");
            for (var resource : resources) {
                push.bytes(2, resource);
            }
            stream.send(RawMessage.of(push.text(4, TYPE).text(5, text).toBytes()));
        });
        return nonce;
    }

    /// @return when the answer came
    private long await(int nonce) throws Exception {
        for (; ; ) {
            var next = answered.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            if (next == null) {
                throw new IOException("push " + nonce + " is not answered");
            }
            if ((int) (next >>> 40) == (nonce & 0xffffff)) {
                return (next & 0xff_ffff_ffffL) + BASE;
            }
        }
    }

    private Channel connect(SocketAddress at) throws Exception {
        var ready = new CompletableFuture<Void>();
        var connection = new ClientConnection(
                new H2Options(WINDOW, H2Options.ANY_SIZE, Duration.ZERO, Duration.ZERO),
                "bench:1",
                false,
                new H2Client.Listener() {
                    @Override
                    public void onReady() {
                        ready.complete(null);
                    }

                    @Override
                    public void onClosed(String reason) {
                        ready.completeExceptionally(new IOException(reason));
                    }
                });
        var channel = new Bootstrap()
                .group(client)
                .channel(at instanceof DomainSocketAddress ? EpollDomainSocketChannel.class : EpollSocketChannel.class)
                .option(ChannelOption.WRITE_BUFFER_WATER_MARK, H2Channels.WATER_MARKS)
                .option(ChannelOption.RECVBUF_ALLOCATOR, H2Channels.reads())
                .handler(initializer(() -> connection))
                .connect(at)
                .syncUninterruptibly()
                .channel();
        ready.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        client.submit(() -> new Client(connection)).syncUninterruptibly();
        return channel;
    }

    private final class ControlPlane implements CallListener {
        private final Call call;
        private boolean subscribed;

        ControlPlane(Call call) {
            this.call = call;
            server.execute(() -> {
                call.answer();
                call.request(1);
            });
        }

        @Override
        public void onMessage(RawMessage message) {
            long now = System.nanoTime() - BASE;
            var bytes = message.toBytes();
            message.release();
            call.request(1);
            if (!subscribed) {
                subscribed = true;
                opened.add(call);
                answered.add((0xffffffL << 40) | now);
                return;
            }
            int nonce = Integer.parseInt(new String(bytes, bytes.length - NONCE, NONCE, StandardCharsets.US_ASCII));
            answered.add(((long) nonce << 40) | now);
        }

        @Override
        public void onClosed(CallStatus status) {}
    }

    private static final class Client implements CallListener {
        private final Call call;

        Client(ClientConnection connection) {
            call = connection.call(PATH, Map.of(), this);
            var node = new Message(20).text(1, "bench");
            call.send(RawMessage.of(
                    new Message(200).bytes(1, node.toBytes()).text(2, TYPE).toBytes()));
            call.request(1);
        }

        @Override
        public void onMessage(RawMessage message) {
            var bytes = message.toBytes();
            message.release();
            var nonce = Message.lastOf(bytes);
            call.request(1);
            call.send(
                    RawMessage.of(new Message(200).text(2, TYPE).bytes(6, nonce).toBytes()));
        }

        @Override
        public void onClosed(CallStatus status) {}
    }

    private static byte[][] resources(int version) {
        var random = new Random(version);
        var resources = new byte[RESOURCES][];
        for (int i = 0; i < RESOURCES; i++) {
            var filling = new byte[FILLING];
            random.nextBytes(filling);
            var name = "outbound|8080||service-" + i + ".namespace.svc.cluster.local";
            var cluster = new Message(FILLING + 100).text(1, name).bytes(99, filling);
            var any = new Message(FILLING + 200).text(1, TYPE).bytes(2, cluster.toBytes());
            resources[i] = new Message(FILLING + 300)
                    .text(1, "v" + version)
                    .bytes(2, any.toBytes())
                    .text(3, name)
                    .toBytes();
        }
        return resources;
    }

    /// Length-delimited protobuf fields.
    private static final class Message {
        private byte[] bytes;
        private int used;

        Message(int room) {
            bytes = new byte[room];
        }

        Message text(int field, String value) {
            return bytes(field, value.getBytes(StandardCharsets.UTF_8));
        }

        Message bytes(int field, byte[] value) {
            if (used + value.length + 10 > bytes.length) {
                bytes = Arrays.copyOf(bytes, 2 * (used + value.length + 10));
            }
            varint(field << 3 | 2);
            varint(value.length);
            System.arraycopy(value, 0, bytes, used, value.length);
            used += value.length;
            return this;
        }

        private void varint(int value) {
            int rest = value;
            for (; rest > 0x7f; rest >>>= 7) {
                bytes[used++] = (byte) ((rest & 0x7f) | 0x80);
            }
            bytes[used++] = (byte) rest;
        }

        byte[] toBytes() {
            return Arrays.copyOf(bytes, used);
        }

        /// Takes all fields out, and gives the last one.
        static byte[] lastOf(byte[] message) {
            var fields = new ArrayList<byte[]>();
            int at = 0;
            while (at < message.length) {
                while (message[at++] < 0) {} // the number
                int size = 0;
                int shift = 0;
                byte next;
                do {
                    next = message[at++];
                    size |= (next & 0x7f) << shift;
                    shift += 7;
                } while (next < 0);
                fields.add(Arrays.copyOfRange(message, at, at + size));
                at += size;
            }
            return fields.getLast();
        }
    }

    private static double cpu(@Nullable Process process) throws IOException {
        if (process == null) {
            return 0;
        }
        var stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
        var fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) * TICK_MS;
    }

    private static long rss(@Nullable Process process) throws IOException {
        if (process == null) {
            return 0;
        }
        return Files.readAllLines(Path.of("/proc/" + process.pid() + "/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
                .findFirst()
                .orElse(0);
    }

    @Override
    public void close() {
        listening.close();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(5, TimeUnit.SECONDS);
    }
}
