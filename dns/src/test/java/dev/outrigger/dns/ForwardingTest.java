package dev.outrigger.dns;

import static dev.outrigger.dns.ProxyUnderTest.answers;
import static dev.outrigger.dns.ProxyUnderTest.query;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

final class ForwardingTest {
    private static final Map<String, List<InetAddress>> NO_NAMES = Map.of();
    private static final Duration SHORT = Duration.ofSeconds(1);

    @Test
    void aForeignNameIsAnsweredByTheNameserver() throws IOException {
        try (var upstream = FakeNameserver.answering("192.0.2.1");
                var dns = ProxyUnderTest.start(NO_NAMES, upstream)) {
            var query = query("www.example.com", Type.A);

            var reply = new Message(RawDatagrams.exchange(dns.address(), query.toWire()));

            assertThat(answers(reply)).containsExactly("A 192.0.2.1");
            assertThat(reply.getHeader().getID()).isEqualTo(query.getHeader().getID());
            assertThat(dns.count("forwarded")).isEqualTo(1);
            assertThat(dns.registry.get("outrigger.dns.forward").timer().count())
                    .isEqualTo(1);
        }
    }

    @Test
    void eachForwardedQueryHasAnotherId() throws IOException {
        try (var upstream = FakeNameserver.answering("192.0.2.1");
                var dns = ProxyUnderTest.start(NO_NAMES, upstream)) {
            var query = query("www.example.com", Type.A).toWire();

            for (int i = 0; i < 20; i++) {
                RawDatagrams.exchange(dns.address(), query);
            }

            assertThat(upstream.asked().stream()
                            .map(a -> a.query().getHeader().getID())
                            .distinct())
                    .hasSizeGreaterThan(15);
        }
    }

    @Test
    void aNameThatDoesNotExistUpstreamDoesNotExist() throws IOException {
        try (var upstream = FakeNameserver.failing(Rcode.NXDOMAIN);
                var dns = ProxyUnderTest.start(NO_NAMES, upstream)) {
            assertThat(dns.ask("no.example.com", Type.A).getRcode()).isEqualTo(Rcode.NXDOMAIN);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {Rcode.SERVFAIL, Rcode.REFUSED})
    void aNameserverThatFailsMakesRoomForTheNext(int rcode) throws IOException {
        try (var failing = FakeNameserver.failing(rcode);
                var working = FakeNameserver.answering("192.0.2.1");
                var dns = ProxyUnderTest.start(NO_NAMES, failing, working)) {
            assertThat(answers(dns.ask("a.example.com", Type.A))).containsExactly("A 192.0.2.1");
            assertThat(answers(dns.ask("b.example.com", Type.A))).containsExactly("A 192.0.2.1");

            assertThat(failing.asked()).hasSize(1);
            assertThat(dns.proxy.status().lastForwardError()).contains(Rcode.string(rcode));
        }
    }

    @Test
    void aSilentAndAnAbsentNameserverMakeRoomForTheNext() throws IOException {
        try (var silent = FakeNameserver.silent();
                var working = FakeNameserver.answering("192.0.2.1");
                var dns =
                        ProxyUnderTest.start(NO_NAMES, SHORT, List.of(absent(), silent.address(), working.address()))) {
            assertThat(answers(dns.ask("a.example.com", Type.A))).containsExactly("A 192.0.2.1");
            assertThat(silent.asked()).hasSize(1);
            assertThat(dns.registry
                            .get("outrigger.dns.forward.failures")
                            .tag("reason", "unreachable")
                            .counter()
                            .count())
                    .isEqualTo(1);
        }
    }

    @Test
    void aLoneNameserverIsAskedAgainWhenItWasSilent() throws IOException {
        var lost = new AtomicBoolean();
        try (var forgetful = new FakeNameserver((query, _) -> lost.compareAndSet(false, true)
                        ? List.of()
                        : List.of(FakeNameserver.reply(query, 0, "192.0.2.1").toWire()));
                var dns = ProxyUnderTest.start(NO_NAMES, SHORT, List.of(forgetful.address()))) {
            assertThat(answers(dns.ask("a.example.com", Type.A))).containsExactly("A 192.0.2.1");
        }
    }

    @Test
    void whenAllAreSilentTheQueryFailsInTheEnd() throws IOException {
        try (var silent = FakeNameserver.silent();
                var dns = ProxyUnderTest.start(NO_NAMES, SHORT, List.of(silent.address()))) {
            var reply = dns.ask("a.example.com", Type.A);

            assertThat(reply.getRcode()).isEqualTo(Rcode.SERVFAIL);
            assertThat(silent.asked()).hasSize(2);
            assertThat(dns.count("servfail")).isEqualTo(1);
        }
    }

    @Test
    void withoutANameserverTheQueryFailsAtOnce() throws IOException {
        try (var dns = ProxyUnderTest.start(NO_NAMES)) {
            assertThat(dns.ask("a.example.com", Type.A).getRcode()).isEqualTo(Rcode.SERVFAIL);
            assertThat(dns.askOverTcp("a.example.com", Type.A).getRcode()).isEqualTo(Rcode.SERVFAIL);
        }
    }

    @Test
    void aReplyThatIsNotToThisQuestionIsIgnored() throws IOException {
        try (var noisy = new FakeNameserver((query, _) -> {
                    var wrongId = FakeNameserver.reply(query, 0, "198.51.100.1");
                    wrongId.getHeader().setID(query.getHeader().getID() ^ 1);
                    var otherQuestion = query("other.example.com", Type.A);
                    otherQuestion.getHeader().setID(query.getHeader().getID());
                    return List.of(
                            wrongId.toWire(),
                            FakeNameserver.reply(otherQuestion, 0, "198.51.100.2")
                                    .toWire(),
                            query.toWire(),
                            new byte[] {1, 2, 3},
                            FakeNameserver.reply(query, 0, "192.0.2.1").toWire());
                });
                var dns = ProxyUnderTest.start(NO_NAMES, noisy)) {
            assertThat(answers(dns.ask("a.example.com", Type.A))).containsExactly("A 192.0.2.1");
        }
    }

    @Test
    void aTruncatedReplyIsFetchedOverTcpAndCutToWhatTheClientTakes() throws IOException {
        var many = IntStream.range(0, 100).mapToObj(i -> "192.0.2." + i).toArray(String[]::new);
        try (var upstream = new FakeNameserver((query, tcp) -> {
                    var reply = FakeNameserver.reply(query, 0, tcp ? many : new String[0]);
                    if (!tcp) {
                        reply.getHeader().setFlag(Flags.TC);
                    }
                    return List.of(reply.toWire());
                });
                var dns = ProxyUnderTest.start(NO_NAMES, upstream)) {
            var resolver = dns.resolver();
            resolver.setEDNS(0, 4096, 0, List.of());

            var large = resolver.send(query("a.example.com", Type.A));
            var small = dns.ask("a.example.com", Type.A);

            assertThat(answers(large)).hasSize(100);
            assertThat(large.getHeader().getFlag(Flags.TC)).isFalse();
            assertThat(small.getHeader().getFlag(Flags.TC)).isTrue();
            assertThat(small.numBytes()).isLessThanOrEqualTo(512);
            assertThat(upstream.asked())
                    .extracting(FakeNameserver.Asked::tcp)
                    .startsWith(false, true); // on a busy machine the second question may be asked twice
        }
    }

    @Test
    void aDatagramLongerThanTheClientTakesIsCut() throws IOException {
        var many = IntStream.range(0, 100).mapToObj(i -> "192.0.2." + i).toArray(String[]::new);
        try (var careless = new FakeNameserver((query, _) ->
                        List.of(FakeNameserver.reply(query, 0, many).toWire()));
                var dns = ProxyUnderTest.start(NO_NAMES, careless)) {
            var reply = dns.ask("a.example.com", Type.A);

            assertThat(reply.getHeader().getFlag(Flags.TC)).isTrue();
            assertThat(reply.numBytes()).isLessThanOrEqualTo(512);
        }
    }

    @Test
    void aQueryOverTcpIsForwardedOverTcp() throws IOException {
        try (var upstream = FakeNameserver.answering("192.0.2.1");
                var dns = ProxyUnderTest.start(NO_NAMES, upstream)) {
            assertThat(answers(dns.askOverTcp("a.example.com", Type.A))).containsExactly("A 192.0.2.1");
            assertThat(upstream.asked()).extracting(FakeNameserver.Asked::tcp).containsExactly(true);
        }
    }

    /// An address nobody listens on.
    private static InetSocketAddress absent() throws IOException {
        try (var socket = new DatagramSocket(ProxyUnderTest.ANY_PORT)) {
            return (InetSocketAddress) socket.getLocalSocketAddress();
        }
    }
}
