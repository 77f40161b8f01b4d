package dev.outrigger.dns;

import static dev.outrigger.dns.ProxyUnderTest.addresses;
import static dev.outrigger.dns.ProxyUnderTest.query;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.GenericEDNSOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Section;

/// Packets that are random, and real ones that were damaged. `-Doutrigger.dns.random.packets=10000000` takes
/// more.
final class RandomQueriesTest {
    private static final int SEEDS = 4;
    private static final int PACKETS = Integer.getInteger("outrigger.dns.random.packets", 1_000_000);

    static IntStream seeds() {
        return IntStream.range(0, SEEDS);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void noPacketMakesAnErrorOrTooLongAReplyAndNoResponseIsAnswered(int seed) throws IOException {
        var random = new SplittableRandom(seed);
        var responder = new ResponderUnderTest(names());
        var real = realQueries(random);
        int answered = 0;
        for (int i = 0; i < PACKETS / SEEDS; i++) {
            var packet = random.nextInt(8) == 0 ? noise(random) : damaged(real, random);
            boolean stream = random.nextInt(4) == 0;

            int length = responder.respond(packet, stream);

            if (length > 0) {
                answered++;
                check(packet, responder, length, stream, i);
            }
        }
        assertThat(answered).isGreaterThan(PACKETS / SEEDS / 10);
    }

    private static void check(byte[] packet, ResponderUnderTest responder, int length, boolean stream, int index)
            throws IOException {
        var out = responder.out;
        require((packet[2] & 0x80) == 0, "answered a response", packet);
        require(out[0] == packet[0] && out[1] == packet[1], "another ID", packet);
        require((out[2] & 0x80) != 0, "no response", packet);
        require(length <= (stream ? 0xFFFF : length <= 512 ? 512 : limit(packet)), "too long", packet);
        if (index % 20 == 0) {
            var parsed = new Message(responder.answer(length));
            assertThat(parsed.getHeader().getID()).isEqualTo(Wire.u16(packet, 0));
        }
    }

    /// Cheap, as it is asked a million times.
    private static void require(boolean holds, String otherwise, byte[] packet) {
        if (!holds) {
            throw new AssertionError(otherwise + " to " + HexFormat.of().formatHex(packet));
        }
    }

    /// 512, or what the OPT record says, found by another parser.
    private static int limit(byte[] packet) {
        try {
            var opt = new Message(packet).getOPT();
            return opt == null ? 512 : Math.max(512, Math.min(4096, opt.getPayloadSize()));
        } catch (IOException | RuntimeException _) {
            return 4096;
        }
    }

    private static Map<String, List<InetAddress>> names() {
        var names = new HashMap<String, List<InetAddress>>();
        names.put("a.default.svc.cluster.local", addresses("10.0.0.1", "2001:db8::1"));
        names.put("*.wild.test", addresses("10.0.0.2"));
        names.put(
                "many.test",
                IntStream.range(0, 300)
                        .mapToObj(i -> InetAddress.ofLiteral("10.2." + i / 250 + "." + i % 250))
                        .toList());
        return names;
    }

    private static List<byte[]> realQueries(SplittableRandom random) throws IOException {
        var names = List.of(
                "a.default.svc.cluster.local",
                "A.default.SVC.cluster.local",
                "many.test",
                "x.wild.test",
                "many.test.default.svc.cluster.local",
                "1.0.0.10.in-addr.arpa",
                "www.example.com",
                ".");
        var queries = new ArrayList<byte[]>();
        for (var name : names) {
            for (int type : new int[] {1, 28, 33, 12, 255, 65, 6}) {
                var query = query(name, type);
                if (random.nextBoolean()) {
                    List<EDNSOption> options = random.nextBoolean()
                            ? List.of()
                            : List.of(new GenericEDNSOption(10, new byte[] {1, 2, 3, 4, 5, 6, 7, 8}));
                    query.addRecord(
                            new OPTRecord(random.nextInt(6000), 0, 0, random.nextBoolean() ? 0x8000 : 0, options),
                            Section.ADDITIONAL);
                }
                queries.add(query.toWire());
            }
        }
        return queries;
    }

    private static byte[] noise(SplittableRandom random) {
        var packet = new byte[random.nextInt(100)];
        random.nextBytes(packet);
        return packet;
    }

    private static byte[] damaged(List<byte[]> real, SplittableRandom random) {
        var packet = real.get(random.nextInt(real.size())).clone();
        for (int changes = random.nextInt(4); changes > 0; changes--) {
            packet[random.nextInt(packet.length)] = (byte) random.nextInt(256);
        }
        return random.nextInt(4) == 0 ? Arrays.copyOf(packet, random.nextInt(packet.length + 20)) : packet;
    }
}
