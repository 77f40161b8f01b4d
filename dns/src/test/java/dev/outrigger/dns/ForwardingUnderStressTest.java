package dev.outrigger.dns;

import static dev.outrigger.dns.ProxyUnderTest.answers;
import static dev.outrigger.dns.ProxyUnderTest.query;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrigger.dns.ProxyUnderTest.Setup;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/// Nameservers that hang, lie, forge, truncate or are gone: each with the reply that the client must see.
final class ForwardingUnderStressTest {
    private static final String NAME = "www.example.com";

    @Test
    void aSlowNameserverIsOvertakenByTheNext() throws IOException {
        try (var slow = FakeNameserver.silent();
                var quick = FakeNameserver.answering("192.0.2.1");
                var dns = new Setup()
                        .patience(Duration.ofSeconds(8))
                        .nameservers(slow, quick)
                        .start()) {
            var started = Instant.now();

            assertThat(answers(dns.ask(NAME, Type.A))).containsExactly("A 192.0.2.1");

            assertThat(Duration.between(started, Instant.now())).isLessThan(Duration.ofSeconds(7));
        }
    }

    @Test
    void garbageAndForgedRepliesAreDroppedAndThenItFails() throws IOException {
        try (var garbled = new FakeNameserver((query, _) -> {
                    var bytes = FakeNameserver.reply(query, 0, "192.0.2.66").toWire();
                    bytes[bytes.length - 5] = 99; // its data would be longer than the message
                    return List.of(bytes);
                });
                var dns = new Setup().nameservers(garbled).start()) {
            assertThat(dns.ask(NAME, Type.A).getRcode()).isEqualTo(Rcode.SERVFAIL);
            assertThat(dns.proxy.status().lastForwardError()).contains("no DNS message");
        }
    }

    @Test
    void aForgedReplyFromAnotherAddressIsNotEvenSeen() throws IOException {
        try (var forger = new DatagramSocket();
                var upstream = new FakeNameserver((query, _) -> List.of());
                var dns = new Setup()
                        .patience(Duration.ofMillis(500))
                        .nameservers(upstream)
                        .start()) {
            // The forger cannot know port and ID; even all IDs at one guessed port come from the wrong address.
            var reply =
                    FakeNameserver.reply(query(NAME, Type.A), 0, "192.0.2.66").toWire();
            forger.send(new DatagramPacket(reply, reply.length, dns.address()));

            assertThat(dns.ask(NAME, Type.A).getRcode()).isEqualTo(Rcode.SERVFAIL);
        }
    }

    @Test
    void withRandomCaseAReplyInOtherCaseIsForeign() throws IOException {
        var lowering = new AtomicBoolean();
        try (var upstream = new FakeNameserver((query, _) -> {
                    var reply = FakeNameserver.reply(query, 0, "192.0.2.1").toWire();
                    for (int i = 12; lowering.get() && i < 12 + NAME.length() + 1; i++) {
                        reply[i] = Wire.lower(reply[i]);
                    }
                    return List.of(reply);
                });
                var dns = new Setup()
                        .randomCase()
                        .patience(Duration.ofMillis(500))
                        .nameservers(upstream)
                        .start()) {
            assertThat(answers(dns.ask(NAME, Type.A))).containsExactly("A 192.0.2.1");
            assertThat(dns.ask(NAME, Type.A).getQuestion().getName()).hasToString(NAME + ".");
            assertThat(upstream.asked())
                    .extracting(a -> a.query().getQuestion().getName().toString())
                    .anyMatch(name -> !name.equals(NAME + "."));

            lowering.set(true);

            assertThat(dns.ask(NAME, Type.A).getRcode()).isEqualTo(Rcode.SERVFAIL);
        }
    }

    @Test
    void aNameserverThatDoesNotKnowEdnsIsAskedWithout() throws IOException {
        try (var old = new FakeNameserver((query, _) -> List.of((query.getOPT() == null
                                ? FakeNameserver.reply(query, 0, "192.0.2.1")
                                : FakeNameserver.reply(query, Rcode.FORMERR))
                        .toWire()));
                var dns = new Setup().nameservers(old).start()) {
            assertThat(answers(dns.ask(NAME, Type.A))).containsExactly("A 192.0.2.1");
            assertThat(answers(dns.ask("b.example.com", Type.A))).containsExactly("A 192.0.2.1");
            assertThat(old.asked()).hasSize(3);
        }
    }

    @Test
    void anErrorThatHasNothingToDoWithEdnsDoesNotTurnItOff() throws IOException {
        try (var picky = new FakeNameserver(
                        (query, _) -> List.of((query.getQuestion().getType() == Type.A
                                        ? FakeNameserver.reply(query, 0, "192.0.2.1")
                                        : FakeNameserver.reply(query, Rcode.NOTIMP))
                                .toWire()));
                var dns = new Setup().nameservers(picky).start()) {
            assertThat(dns.ask(NAME, Type.TXT).getRcode()).isEqualTo(Rcode.NOTIMP);
            assertThat(answers(dns.ask(NAME, Type.A))).containsExactly("A 192.0.2.1");

            assertThat(picky.asked().getLast().query().getOPT()).isNotNull();
        }
    }

    @Test
    void aConnectionOnWhichNothingComesIsLeftForANewOne() throws IOException {
        var queries = new AtomicInteger();
        try (var half = new FakeNameserver((query, _) -> queries.incrementAndGet() <= 2
                        ? List.of()
                        : List.of(FakeNameserver.reply(query, 0, "192.0.2.1").toWire()));
                var dns = new Setup()
                        .patience(Duration.ofMillis(500))
                        .nameservers(half)
                        .start()) {
            assertThat(dns.askOverTcp(NAME, Type.A).getRcode()).isEqualTo(Rcode.SERVFAIL);
            assertThat(half.connections()).isEqualTo(1);

            assertThat(answers(dns.askOverTcp(NAME, Type.A))).containsExactly("A 192.0.2.1");
            assertThat(half.connections()).isEqualTo(2);
        }
    }

    @Test
    void theOptRecordOfTheNameserverStaysBetweenItAndUs() throws IOException {
        try (var upstream = new FakeNameserver((query, _) -> {
                    var reply = FakeNameserver.reply(query, 0, "192.0.2.1");
                    reply.addRecord(new OPTRecord(4096, 0, 0), Section.ADDITIONAL);
                    return List.of(reply.toWire());
                });
                var dns = new Setup().nameservers(upstream).start()) {
            assertThat(dns.ask(NAME, Type.A).getOPT()).isNull();

            var resolver = dns.resolver();
            resolver.setEDNS(0, 4096, 0, List.of());
            assertThat(resolver.send(query(NAME, Type.A)).getOPT().getPayloadSize())
                    .isEqualTo(Wire.OUR_UDP_BYTES);
        }
    }

    @Test
    void aNameserverThatOnlyTruncatesGivesTheClientATruncatedReply() throws IOException {
        try (var upstream = new FakeNameserver((query, tcp) -> {
                    var reply = FakeNameserver.reply(query, 0, "192.0.2.1");
                    reply.getHeader().setFlag(Flags.TC);
                    return tcp ? List.of() : List.of(reply.toWire());
                });
                var dns = new Setup()
                        .patience(Duration.ofMillis(500))
                        .nameservers(upstream)
                        .start()) {
            assertThat(dns.ask(NAME, Type.A).getHeader().getFlag(Flags.TC)).isTrue();
        }
    }

    /// A redirection of port 53 that does not exempt the agent gives its own datagrams back to it, from the port
    /// they left from.
    @Test
    void aQuestionOfOursThatComesBackIsRefused() throws Exception {
        var asked = new CountDownLatch(1);
        try (var upstream = new FakeNameserver((_, _) -> {
                    asked.countDown();
                    return List.of();
                });
                var dns = new Setup()
                        .patience(Duration.ofSeconds(2))
                        .nameservers(upstream)
                        .start();
                var socket = new DatagramSocket()) {
            var query = query(NAME, Type.A).toWire();
            socket.send(new DatagramPacket(query, query.length, dns.address()));
            await(asked);

            dns.receiveFrom(
                    upstream.askedFrom(), upstream.asked().getFirst().query().toWire());

            assertThat(dns.failures("loop")).isEqualTo(1);
            assertThat(dns.count("refused")).isEqualTo(1);
            assertThat(dns.proxy.status().lastForwardError()).contains("leads back to this agent");
        }
    }

    @Test
    void namesOfTheMeshWaitForTheFirstTableAndOthersDoNot() throws Exception {
        try (var upstream = FakeNameserver.answering("192.0.2.1");
                var dns = new Setup().waits().nameservers(upstream).start();
                var socket = new DatagramSocket()) {
            socket.setSoTimeout(20_000);
            var query = query("a.default.svc.cluster.local", Type.A).toWire();
            socket.send(new DatagramPacket(query, query.length, dns.address()));
            assertThat(answers(dns.ask(NAME, Type.A))).containsExactly("A 192.0.2.1");

            dns.proxy.publish(NameTable.of(ProxyUnderTest.names("a.default.svc.cluster.local", "10.0.0.1")));

            var packet = new DatagramPacket(new byte[512], 512);
            socket.receive(packet);
            assertThat(answers(new Message(Arrays.copyOf(packet.getData(), packet.getLength()))))
                    .containsExactly("A 10.0.0.1");
        }
    }

    @Test
    void namesOfTheMeshFailWhenTheTableDoesNotComeInTime() throws IOException {
        try (var dns = new Setup().waits().patience(Duration.ofMillis(300)).start()) {
            assertThat(dns.ask("a.default.svc.cluster.local", Type.A).getRcode())
                    .isEqualTo(Rcode.SERVFAIL);
        }
    }

    @Test
    void severalSocketsShareThePortAndAllAnswer() throws IOException {
        try (var upstream = FakeNameserver.answering("192.0.2.1");
                var dns = new Setup().udpSockets(2).nameservers(upstream).start()) {
            for (int i = 0; i < 40; i++) {
                assertThat(answers(dns.ask("static.test", Type.A))).containsExactly("A 192.0.2.99");
                assertThat(answers(dns.ask(i + ".example.com", Type.A))).containsExactly("A 192.0.2.1");
            }
        }
    }

    @Test
    void manyQueriesGoOverToBatchesAndAreStillAnswered() throws Exception {
        try (var dns = ProxyUnderTest.start(ProxyUnderTest.names("a.test", "10.0.0.1"));
                var socket = new DatagramSocket()) {
            socket.setSoTimeout(20_000);
            var query = query("a.test", Type.A).toWire();
            var packet = new DatagramPacket(new byte[512], 512);
            for (int i = 0; i < 3000; i++) {
                for (int j = 0; j < 4; j++) {
                    socket.send(new DatagramPacket(query, query.length, dns.address()));
                }
                for (int j = 0; j < 4; j++) {
                    socket.receive(packet);
                }
            }
            assertThat(answers(new Message(Arrays.copyOf(packet.getData(), packet.getLength()))))
                    .containsExactly("A 10.0.0.1");
            assertThat(dns.count("table")).isEqualTo(12_000);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            var _ = latch.await(20, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
