package dev.outrigger.dns;

import dev.outrigger.health.Condition;
import dev.outrigger.health.Gate;
import dev.outrigger.health.HealthBoard;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.LinuxSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/// A real proxy on a free port of loopback with its own event loop, and the means to ask it.
final class ProxyUnderTest implements AutoCloseable {
    static final InetSocketAddress ANY_PORT = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    static final MeshDomain MESH = new MeshDomain("default", "cluster.local");
    private static final Duration LIMIT = Duration.ofSeconds(20);

    final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    final Condition condition = new HealthBoard(InstantSource.system()).condition("dns", Gate.READINESS, "starting");
    final DnsProxy proxy;
    private final EventLoopGroup group;

    private ProxyUnderTest(DnsConfig config) throws IOException {
        group = new MultiThreadIoEventLoopGroup(
                Math.max(1, config.listening().udpSockets()), EpollIoHandler.newFactory());
        proxy = DnsProxy.start(config, group, registry, condition, InstantSource.system(), new SplittableRandom(7));
    }

    /// Serves exactly these names and forwards the rest to these nameservers.
    static ProxyUnderTest start(Map<String, List<InetAddress>> names, FakeNameserver... nameservers)
            throws IOException {
        return start(
                names,
                Duration.ofSeconds(10),
                Arrays.stream(nameservers).map(FakeNameserver::address).toList());
    }

    static ProxyUnderTest start(
            Map<String, List<InetAddress>> names, Duration patience, List<InetSocketAddress> nameservers)
            throws IOException {
        var started = start(config(Path.of("/nonexistent/resolv.conf"), nameservers, patience, true));
        started.proxy.publish(NameTable.of(names));
        return started;
    }

    static ProxyUnderTest start(DnsConfig config) throws IOException {
        return new ProxyUnderTest(config);
    }

    static DnsConfig config(
            Path resolvConf, List<InetSocketAddress> nameservers, Duration patience, boolean tableExpected) {
        return new Setup()
                .resolvConf(resolvConf)
                .nameservers(nameservers)
                .patience(patience)
                .tableExpected(tableExpected)
                .config();
    }

    /// What a test wants to be different.
    static final class Setup {
        private InetSocketAddress address = ANY_PORT;
        private int udpSockets = 1;
        private int connections = 256;
        private Duration idle = Duration.ofSeconds(30);
        private Path resolvConf = Path.of("/nonexistent/resolv.conf");
        private List<InetSocketAddress> nameservers = List.of();
        private Duration patience = Duration.ofSeconds(10);
        private int cacheEntries;
        private Duration maxStale = Duration.ZERO;
        private boolean randomCase;
        private DnsTlsConfig tls = DnsTlsConfig.OFF;
        private boolean tableExpected;
        private boolean waits;
        private int logEvery;
        private Map<String, List<InetAddress>> staticNames = Map.of("static.test", addresses("192.0.2.99"));

        Setup address(InetSocketAddress value) {
            address = value;
            return this;
        }

        Setup udpSockets(int value) {
            udpSockets = value;
            return this;
        }

        Setup connections(int value) {
            connections = value;
            return this;
        }

        Setup idle(Duration value) {
            idle = value;
            return this;
        }

        Setup resolvConf(Path value) {
            resolvConf = value;
            return this;
        }

        Setup nameservers(List<InetSocketAddress> value) {
            nameservers = value;
            return this;
        }

        Setup nameservers(FakeNameserver... value) {
            return nameservers(Arrays.stream(value).map(FakeNameserver::address).toList());
        }

        Setup patience(Duration value) {
            patience = value;
            return this;
        }

        Setup cache(int entries) {
            cacheEntries = entries;
            return this;
        }

        Setup maxStale(Duration value) {
            maxStale = value;
            return this;
        }

        Setup randomCase() {
            randomCase = true;
            return this;
        }

        Setup tls(DnsTlsConfig value) {
            tls = value;
            return this;
        }

        Setup tableExpected(boolean value) {
            tableExpected = value;
            return this;
        }

        Setup waits() {
            tableExpected = true;
            waits = true;
            return this;
        }

        Setup logEvery(int value) {
            logEvery = value;
            return this;
        }

        Setup staticNames(Map<String, List<InetAddress>> value) {
            staticNames = value;
            return this;
        }

        DnsConfig config() {
            return new DnsConfig(
                    new DnsConfig.Listening(List.of(address), udpSockets, connections, idle),
                    new DnsConfig.Forwarding(
                            resolvConf, nameservers, patience, cacheEntries, maxStale, randomCase, tls),
                    MESH,
                    Duration.ofSeconds(30),
                    staticNames,
                    tableExpected,
                    waits,
                    logEvery);
        }

        ProxyUnderTest start() throws IOException {
            return ProxyUnderTest.start(config());
        }
    }

    static List<InetAddress> addresses(String... literals) {
        return Arrays.stream(literals).map(InetAddress::ofLiteral).toList();
    }

    static Map<String, List<InetAddress>> names(String name, String... literals) {
        return new HashMap<>(Map.of(name, addresses(literals)));
    }

    InetSocketAddress address() {
        return proxy.addresses().getFirst();
    }

    SimpleResolver resolver() {
        var resolver = new SimpleResolver(address());
        resolver.setTimeout(LIMIT);
        resolver.setIgnoreTruncation(true);
        resolver.setEDNS(-1);
        return resolver;
    }

    Message ask(String name, int type) throws IOException {
        return resolver().send(query(name, type));
    }

    Message askOverTcp(String name, int type) throws IOException {
        var resolver = resolver();
        resolver.setTCP(true);
        return resolver.send(query(name, type));
    }

    static Message query(String name, int type) throws TextParseException {
        return Message.newQuery(Record.newRecord(Name.fromString(name, Name.root), type, DClass.IN));
    }

    /// The data of the answer's records, `A 10.0.0.1` and the like.
    static List<String> answers(Message message) {
        return message.getSection(Section.ANSWER).stream()
                .map(r -> Type.string(r.getType()) + " " + r.rdataToString())
                .toList();
    }

    /// Gives it a query as if it came from this port of loopback.
    void receiveFrom(int port, byte[] query) throws IOException {
        var socket = LinuxSocket.newSocketDgram(false);
        try {
            var sender = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
            proxy.receive(query, new Asker.Datagram(socket, sender, new Scratch()));
        } finally {
            socket.close();
        }
    }

    double failures(String reason) {
        return registry.get("outrigger.dns.forward.failures")
                .tag("reason", reason)
                .counter()
                .count();
    }

    double prefetches() {
        return registry.get("outrigger.dns.cache.prefetches").counter().count();
    }

    /// Once the loops are done with what they answered: they count after they have sent.
    double count(String answer) {
        group.forEach(loop -> loop.submit(() -> {}).syncUninterruptibly());
        return registry.get("outrigger.dns.queries")
                .tag("answer", answer)
                .counter()
                .count();
    }

    @Override
    public void close() {
        proxy.close();
        group.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly(LIMIT.toMillis());
    }
}
