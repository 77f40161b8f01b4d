package dev.outrigger.dns;

import static dev.outrigger.dns.ProxyUnderTest.answers;
import static dev.outrigger.dns.ProxyUnderTest.query;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrigger.dns.ProxyUnderTest.Setup;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/// Replies that are kept, renewed and given when their time is over, and questions that are asked once.
final class CachingTest {
    private static final String NAME = "www.example.com";

    @Test
    void aReplyIsKeptForItsTimeAndItsTtlCountsDown() throws IOException {
        try (var upstream = FakeNameserver.answering("192.0.2.1");
                var dns = new Setup().cache(100).nameservers(upstream).start()) {
            var first = dns.ask(NAME, Type.A);
            var second = dns.ask("WWW.example.com", Type.A);
            var overTcp = dns.askOverTcp(NAME, Type.A);

            assertThat(answers(first)).containsExactly("A 192.0.2.1");
            assertThat(answers(second)).containsExactly("A 192.0.2.1");
            assertThat(second.getQuestion().getName()).hasToString("WWW.example.com.");
            assertThat(answers(overTcp)).containsExactly("A 192.0.2.1");
            assertThat(second.getSection(Section.ANSWER).getFirst().getTTL()).isBetween(1L, 60L);
            assertThat(upstream.asked()).hasSize(1);
            assertThat(dns.count("cached")).isEqualTo(2);
        }
    }

    @Test
    void thatANameDoesNotExistIsKeptOnlyForAsLongAsItsZoneSays() throws IOException {
        try (var upstream = new FakeNameserver((query, _) -> {
                    var reply = FakeNameserver.reply(query, Rcode.NXDOMAIN);
                    if (query.getQuestion().getName().toString().startsWith("with")) {
                        reply.addRecord(soa(60), Section.AUTHORITY);
                    }
                    return List.of(reply.toWire());
                });
                var dns = new Setup().cache(100).nameservers(upstream).start()) {
            for (int i = 0; i < 2; i++) {
                assertThat(dns.ask("with-soa.example.com", Type.A).getRcode()).isEqualTo(Rcode.NXDOMAIN);
                assertThat(dns.ask("no-soa.example.com", Type.A).getRcode()).isEqualTo(Rcode.NXDOMAIN);
            }

            assertThat(upstream.asked()).hasSize(3);
        }
    }

    @Test
    void whatIsAskedAgainWhileItIsUnderWayIsForwardedOnce() throws Exception {
        var release = new CountDownLatch(1);
        try (var upstream = new FakeNameserver((query, _) -> {
                    await(release);
                    return List.of(FakeNameserver.reply(query, 0, "192.0.2.1").toWire());
                });
                var dns = new Setup().cache(100).nameservers(upstream, upstream).start();
                var socket = new DatagramSocket()) {
            socket.setSoTimeout(20_000);
            for (int i = 0; i < 20; i++) {
                var query = query(NAME, Type.A);
                query.getHeader().setID(i);
                socket.send(new DatagramPacket(query.toWire(), query.toWire().length, dns.address()));
            }
            release.countDown();

            var ids = new HashSet<Integer>();
            for (int i = 0; i < 20; i++) {
                var packet = new DatagramPacket(new byte[512], 512);
                socket.receive(packet);
                ids.add(new Message(Arrays.copyOf(packet.getData(), packet.getLength()))
                        .getHeader()
                        .getID());
            }

            assertThat(ids).hasSize(20);
            assertThat(upstream.asked()).hasSizeLessThanOrEqualTo(2);
        }
    }

    @Test
    void whileNoNameserverAnswersWhatIsStaleIsGiven() throws IOException {
        var dead = new AtomicBoolean();
        try (var upstream = shortLived(dead);
                var dns = new Setup()
                        .cache(100)
                        .maxStale(Duration.ofHours(1))
                        .nameservers(upstream)
                        .start()) {
            assertThat(answers(dns.ask(NAME, Type.A))).containsExactly("A 192.0.2.1");
            dead.set(true);

            for (int i = 0; i < 100_000 && dns.count("stale") < 2; i++) {
                var reply = dns.ask(NAME, Type.A);
                assertThat(answers(reply)).containsExactly("A 192.0.2.1");
                assertThat(reply.getSection(Section.ANSWER).getFirst().getTTL()).isLessThanOrEqualTo(30);
            }

            assertThat(dns.count("stale")).isEqualTo(2);
            assertThat(dns.ask("never-asked.example.com", Type.A).getRcode()).isEqualTo(Rcode.SERVFAIL);
        }
    }

    @Test
    void aNameThatIsAskedOftenIsRenewedBeforeItsTimeIsOver() throws IOException {
        try (var upstream = shortLived(new AtomicBoolean());
                var dns = new Setup().cache(100).nameservers(upstream).start()) {
            for (int i = 0; i < 100_000 && dns.prefetches() < 2; i++) {
                assertThat(answers(dns.ask(NAME, Type.A))).containsExactly("A 192.0.2.1");
            }

            assertThat(dns.prefetches()).isEqualTo(2);
        }
    }

    @Test
    void whatIsNotAskedForGoesFirst() throws IOException {
        try (var upstream = FakeNameserver.answering("192.0.2.1");
                var dns = new Setup().cache(2).nameservers(upstream).start()) {
            for (var name : List.of("a.test", "b.test", "a.test", "c.test", "a.test", "b.test")) {
                assertThat(answers(dns.ask(name, Type.A))).containsExactly("A 192.0.2.1");
            }

            assertThat(upstream.asked())
                    .extracting(a -> a.query().getQuestion().getName().toString())
                    .containsExactly("a.test.", "b.test.", "c.test.", "b.test.");
            assertThat(dns.proxy.status().cached()).isEqualTo(2);
        }
    }

    /// Each reply is good for a second; errors when it is dead.
    private static FakeNameserver shortLived(AtomicBoolean dead) throws IOException {
        return new FakeNameserver((query, _) -> {
            if (dead.get()) {
                return List.of(FakeNameserver.reply(query, Rcode.SERVFAIL).toWire());
            }
            var reply = FakeNameserver.reply(query, 0);
            var name = query.getQuestion().getName();
            reply.addRecord(new ARecord(name, DClass.IN, 1, InetAddress.ofLiteral("192.0.2.1")), Section.ANSWER);
            return List.of(reply.toWire());
        });
    }

    private static SOARecord soa(int minimum) throws IOException {
        var zone = Name.fromString("example.com.");
        return new SOARecord(zone, DClass.IN, 300, zone, zone, 1, 1, 1, 1, minimum);
    }

    private static void await(CountDownLatch latch) {
        try {
            var _ = latch.await(20, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
