package dev.outrigger.dns;

import static dev.outrigger.dns.ProxyUnderTest.answers;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

final class DnsProxyTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    @TempDir
    private Path directory;

    @Test
    void whileTheTableIsAwaitedOnlyNamesOfTheMeshFail() throws IOException {
        try (var upstream = FakeNameserver.answering("192.0.2.1");
                var dns = ProxyUnderTest.start(ProxyUnderTest.config(
                        directory.resolve("resolv.conf"), List.of(upstream.address()), PATIENCE, true))) {
            assertThat(dns.ask("a.default.svc.Cluster.Local", Type.A).getRcode())
                    .isEqualTo(Rcode.SERVFAIL);
            assertThat(dns.ask("a.other.svc", Type.A).getRcode()).isEqualTo(Rcode.SERVFAIL);
            assertThat(answers(dns.ask("www.example.com", Type.A))).containsExactly("A 192.0.2.1");
            assertThat(answers(dns.ask("static.test", Type.A))).containsExactly("A 192.0.2.99");
            assertThat(dns.condition.state().reason()).isEqualTo("waiting for the first name table");
            assertThat(dns.proxy.status().tableReceived()).isFalse();

            dns.proxy.publish(NameTable.empty());

            assertThat(answers(dns.ask("a.default.svc.cluster.local", Type.A))).containsExactly("A 192.0.2.1");
            assertThat(dns.condition.state().met()).isTrue();
            assertThat(dns.proxy.status().tableReceived()).isTrue();
        }
    }

    @Test
    void whenNoTableIsExpectedItServesAtOnce() throws IOException {
        try (var upstream = FakeNameserver.answering("192.0.2.1");
                var dns = ProxyUnderTest.start(ProxyUnderTest.config(
                        directory.resolve("resolv.conf"), List.of(upstream.address()), PATIENCE, false))) {
            assertThat(dns.condition.state().met()).isTrue();
            assertThat(answers(dns.ask("a.default.svc.cluster.local", Type.A))).containsExactly("A 192.0.2.1");
        }
    }

    @Test
    void aTakenUdpAddressIsNamedWithTheWayOut() throws IOException {
        try (var taken = new DatagramSocket(ProxyUnderTest.ANY_PORT)) {
            var config = listeningOn(taken.getLocalPort());

            assertThatIOException()
                    .isThrownBy(() -> ProxyUnderTest.start(config))
                    .withMessage("DNS address 127.0.0.1:%d (udp) is in use; free it or set --dns-address"
                            .formatted(taken.getLocalPort()));
        }
    }

    @Test
    void aTakenTcpAddressIsNamedAndTheUdpOneIsFreedAgain() throws IOException {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var config = listeningOn(taken.getLocalPort());

            assertThatIOException()
                    .isThrownBy(() -> ProxyUnderTest.start(config))
                    .withMessageContaining("(tcp) is in use");

            new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), taken.getLocalPort())).close();
        }
    }

    @Test
    void aClosedProxyFreesItsAddressesAndMayBeClosedAgain() throws IOException {
        var dns = ProxyUnderTest.start(Map.of());
        var address = dns.address();

        dns.close();
        dns.proxy.close();

        new DatagramSocket(address).close();
        new ServerSocket(address.getPort(), 1, address.getAddress()).close();
    }

    @Test
    void theFilesNameserversAreUsedButNotOurselves() throws IOException {
        var resolvConf = directory.resolve("resolv.conf");
        Files.writeString(resolvConf, """
                # comment
                nameserver 192.0.2.53
                nameserver not-an-address
                nameserver 2001:db8::53
                search first.test second.test
                """);

        try (var dns = ProxyUnderTest.start(ProxyUnderTest.config(resolvConf, List.of(), PATIENCE, false))) {
            dns.proxy.publish(NameTable.of(Map.of("a.test", ProxyUnderTest.addresses("10.0.0.1"))));

            assertThat(answers(dns.ask("a.test.first.test", Type.A))).containsExactly("CNAME a.test.", "A 10.0.0.1");
            assertThat(dns.proxy.status().nameservers())
                    .containsExactly(
                            new InetSocketAddress(InetAddress.ofLiteral("192.0.2.53"), 53),
                            new InetSocketAddress(InetAddress.ofLiteral("2001:db8::53"), 53));
        }
    }

    @Test
    void aNameserverThatIsThisProxyIsNotAsked() throws IOException {
        int port = freePort();
        var own = new InetSocketAddress(InetAddress.ofLiteral("127.9.8.7"), port);
        var config = new ProxyUnderTest.Setup()
                .address(own)
                .nameservers(List.of(own))
                .config();

        try (var dns = ProxyUnderTest.start(config)) {
            assertThat(dns.proxy.status().nameservers()).isEmpty();
            assertThat(dns.ask("www.example.com", Type.A).getRcode()).isEqualTo(Rcode.SERVFAIL);
        }
    }

    private DnsConfig listeningOn(int port) {
        return new ProxyUnderTest.Setup()
                .address(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
                .config();
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
