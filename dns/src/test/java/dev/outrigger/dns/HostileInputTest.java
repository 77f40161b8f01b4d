package dev.outrigger.dns;

import static dev.outrigger.dns.ProxyUnderTest.answers;
import static dev.outrigger.dns.ProxyUnderTest.names;
import static dev.outrigger.dns.ProxyUnderTest.query;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.LeakPresenceDetector;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

final class HostileInputTest {
    private static final String NAME = "reviews.default.svc.cluster.local";

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void brokenDatagramsNeitherStopItNorLeak(long seed) throws IOException {
        var random = new SplittableRandom(seed);
        try (var upstream = FakeNameserver.answering("192.0.2.1");
                var dns = ProxyUnderTest.start(names(NAME, "10.0.0.1"), upstream);
                var socket = new DatagramSocket()) {
            for (int i = 0; i < 3000; i++) {
                var message = broken(random);
                socket.send(new DatagramPacket(message, message.length, dns.address()));
                if (i % 100 == 0) {
                    assertThat(answers(dns.ask(NAME, Type.A))).containsExactly("A 10.0.0.1");
                }
            }
        }
        LeakPresenceDetector.check();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void brokenStreamsNeitherStopItNorLeak(long seed) throws IOException {
        var random = new SplittableRandom(seed);
        try (var dns = ProxyUnderTest.start(names(NAME, "10.0.0.1"))) {
            for (int i = 0; i < 200; i++) {
                try (var socket =
                        new Socket(dns.address().getAddress(), dns.address().getPort())) {
                    var out = new DataOutputStream(socket.getOutputStream());
                    var message = broken(random);
                    out.writeShort(random.nextInt(4) == 0 ? random.nextInt(1 << 16) : message.length);
                    out.write(message);
                }
            }

            assertThat(answers(dns.askOverTcp(NAME, Type.A))).containsExactly("A 10.0.0.1");
        }
        LeakPresenceDetector.check();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void whatWeAcceptIsReadAsAnotherParserReadsIt(long seed) throws IOException {
        var random = new SplittableRandom(seed);
        var query = new Query();
        int accepted = 0;
        for (int i = 0; i < 20_000; i++) {
            var bytes = broken(random);

            if (query.parse(bytes, bytes.length) == Query.Verdict.ANSWER) {
                accepted++;
                var question = new Message(firstQuestion(bytes, query.questionEnd())).getQuestion();
                assertThat(query.type()).isEqualTo(question.getType());
                assertThat(Arrays.copyOf(query.name, query.nameLength()))
                        .isEqualTo(NameEntry.labels(question.getName()));
            }
        }
        assertThat(accepted).isGreaterThan(100);
    }

    @Test
    void manyQueriesOnOneConnectionAreAllAnswered() throws IOException {
        try (var upstream = FakeNameserver.answering("192.0.2.1");
                var dns = ProxyUnderTest.start(names(NAME, "10.0.0.1"), upstream);
                var socket =
                        new Socket(dns.address().getAddress(), dns.address().getPort())) {
            socket.setSoTimeout(20_000);
            var out = new DataOutputStream(socket.getOutputStream());
            var ids = new HashSet<Integer>();
            for (int id = 0; id < 100; id++) {
                var query = query(id % 2 == 0 ? NAME : "www.example.com", Type.A);
                query.getHeader().setID(id);
                out.writeShort(query.toWire().length);
                out.write(query.toWire());
            }

            var in = new DataInputStream(socket.getInputStream());
            for (int i = 0; i < 100; i++) {
                var reply = new Message(in.readNBytes(in.readUnsignedShort()));
                int id = reply.getHeader().getID();
                assertThat(answers(reply)).containsExactly(id % 2 == 0 ? "A 10.0.0.1" : "A 192.0.2.1");
                ids.add(id);
            }

            assertThat(ids).hasSize(100);
        }
        LeakPresenceDetector.check();
    }

    @Test
    void aConnectionOverTheLimitTakesThePlaceOfTheOneThatWasSilentLongest() throws IOException {
        var sockets = new ArrayList<Socket>();
        try (var dns = new ProxyUnderTest.Setup().connections(20).start()) {
            for (int i = 0; i < 20; i++) {
                sockets.add(new Socket(dns.address().getAddress(), dns.address().getPort()));
            }
            ask(sockets.getFirst());
            sockets.add(new Socket(dns.address().getAddress(), dns.address().getPort()));

            sockets.get(1).setSoTimeout(20_000);
            assertThat(sockets.get(1).getInputStream().read()).isEqualTo(-1);
            ask(sockets.getFirst());
            ask(sockets.getLast());
            for (var socket : sockets) {
                socket.close();
            }
        }
    }

    @Test
    void connectionsThatNeverSendDoNotStopTheOthers() throws IOException {
        var sockets = new ArrayList<Socket>();
        try (var dns = ProxyUnderTest.start(names(NAME, "10.0.0.1"))) {
            for (int i = 0; i < 200; i++) {
                sockets.add(new Socket(dns.address().getAddress(), dns.address().getPort()));
            }

            assertThat(answers(dns.ask(NAME, Type.A))).containsExactly("A 10.0.0.1");
            assertThat(answers(dns.askOverTcp(NAME, Type.A))).containsExactly("A 10.0.0.1");
            for (var socket : sockets) {
                socket.close();
            }
        }
    }

    @Test
    void aConnectionThatIsSilentForTooLongIsClosed() throws IOException {
        try (var dns = new ProxyUnderTest.Setup().idle(Duration.ofMillis(200)).start();
                var socket =
                        new Socket(dns.address().getAddress(), dns.address().getPort())) {
            socket.setSoTimeout(20_000);

            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
    }

    private static void ask(Socket socket) throws IOException {
        socket.setSoTimeout(20_000);
        var query = query("static.test", Type.A).toWire();
        var out = new DataOutputStream(socket.getOutputStream());
        out.writeShort(query.length);
        out.write(query);
        var in = new DataInputStream(socket.getInputStream());
        assertThat(answers(new Message(in.readNBytes(in.readUnsignedShort())))).containsExactly("A 192.0.2.99");
    }

    @Test
    void theLongestNamesAreAnsweredWithinTheLimit() throws IOException {
        var label = "x".repeat(60);
        var name = String.join(".", label, label, label, "y".repeat(30), "test");
        try (var dns = ProxyUnderTest.start(names(name, "10.0.0.1"))) {
            var none = dns.ask(name + ".default.svc.cluster.local", Type.MX);

            assertThat(none.numBytes()).isLessThanOrEqualTo(512);
            assertThat(answers(none)).containsExactly("CNAME " + name.toLowerCase(Locale.ROOT) + ".");
        }
    }

    /// A message without what follows its first question.
    private static byte[] firstQuestion(byte[] message, int end) {
        var cut = Arrays.copyOf(message, end);
        Arrays.fill(cut, 6, 12, (byte) 0);
        return cut;
    }

    /// A query with some bytes changed, cut or added.
    private static byte[] broken(SplittableRandom random) throws IOException {
        var query = query(random.nextBoolean() ? NAME : "www.Example.com", random.nextInt(1, 70));
        if (random.nextBoolean()) {
            query.addRecord(new OPTRecord(random.nextInt(5000), 0, 0), Section.ADDITIONAL);
        }
        var bytes = query.toWire();
        for (int changes = random.nextInt(4); changes > 0; changes--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
        return random.nextInt(3) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length + 40)) : bytes;
    }
}
