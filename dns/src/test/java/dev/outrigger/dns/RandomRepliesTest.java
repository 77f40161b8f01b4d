package dev.outrigger.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/// Replies of nameservers that were damaged on purpose: what is taken for one is relayed without an error, no
/// longer than the client takes, and as a message that another parser reads.
final class RandomRepliesTest {
    private static final int REPLIES = Integer.getInteger("outrigger.dns.random.packets", 200_000) / 2;

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void noReplyMakesAnErrorOrTooLongAnAnswer(int seed) throws IOException {
        var random = new SplittableRandom(seed);
        var real = replies();
        var query = new Query();
        var wire = ProxyUnderTest.query("www.example.com", Type.A).toWire();
        assertThat(query.parse(wire, wire.length)).isEqualTo(Query.Verdict.ANSWER);
        var out = new byte[Wire.MAX_MESSAGE_BYTES];
        int taken = 0;
        for (int i = 0; i < REPLIES; i++) {
            var bytes = damaged(real, random);
            // Only the header and the question are known to be right, as they were compared with what was asked.
            var reply = bytes.length < wire.length ? null : Reply.read(bytes, bytes.length);
            if (reply == null) {
                continue;
            }
            taken++;
            int limit = random.nextInt(512, 2000);
            int length = reply.write(query, limit, random.nextInt(100), random.nextInt(1, 1000), i % 2 == 0, out);

            if (length > limit || reply.ttl() < 0) {
                throw new AssertionError(
                        "too long or of negative time: " + HexFormat.of().formatHex(bytes));
            }
        }
        assertThat(taken).isGreaterThan(REPLIES / 10);
    }

    private static byte[] damaged(List<byte[]> real, SplittableRandom random) {
        var bytes = real.get(random.nextInt(real.size())).clone();
        int fixed = 4;
        int question = 12 + "www.example.com".length() + 2 + 4;
        for (int changes = random.nextInt(4); changes > 0; changes--) {
            int at = random.nextInt(fixed, bytes.length);
            if (at < 4 + 2 || (at >= 12 && at < question)) {
                continue; // the number of questions and the question itself
            }
            bytes[at] = (byte) random.nextInt(256);
        }
        return random.nextInt(4) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length + 20)) : bytes;
    }

    private static List<byte[]> replies() throws IOException {
        var name = Name.fromString("www.example.com.");
        var replies = new ArrayList<byte[]>();
        for (int rcode : new int[] {0, 2, 3}) {
            for (int count : new int[] {0, 1, 30}) {
                var query = ProxyUnderTest.query("www.example.com", Type.A);
                var reply = FakeNameserver.reply(query, rcode);
                for (int i = 0; i < count; i++) {
                    reply.addRecord(
                            Record.fromString(name, Type.A, DClass.IN, 60, "192.0.2." + i, Name.root), Section.ANSWER);
                }
                reply.addRecord(
                        Record.fromString(name, Type.SOA, DClass.IN, 60, "a. b. 1 2 3 4 5", Name.root),
                        Section.AUTHORITY);
                reply.addRecord(new OPTRecord(1232, 0, 0), Section.ADDITIONAL);
                replies.add(reply.toWire());
                replies.add(withOptFirst(reply));
            }
        }
        return replies;
    }

    /// The OPT record before another one of its section, which is rare but allowed.
    private static byte[] withOptFirst(Message reply) throws IOException {
        var other = reply.clone();
        other.addRecord(
                Record.fromString(Name.fromString("ns.example.com."), Type.A, DClass.IN, 60, "192.0.2.200", Name.root),
                Section.ADDITIONAL);
        return other.toWire();
    }
}
