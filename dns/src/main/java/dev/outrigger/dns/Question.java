package dev.outrigger.dns;

import java.util.Arrays;
import java.util.random.RandomGenerator;

/// A client's question in the form in which it goes to a nameserver: with an ID of our own, without the
/// client's options, with our own size of datagrams. Immutable.
final class Question {
    private static final int FLAGS_PASSED_ON =
            Wire.FLAG_RECURSION_DESIRED | Wire.FLAG_CHECKING_DISABLED | Reply.FLAG_AUTHENTIC;

    private final byte[] message;
    private final int end;
    private final boolean mixedCase;

    private Question(byte[] message, int end, boolean mixedCase) {
        this.message = message;
        this.end = end;
        this.mixedCase = mixedCase;
    }

    /// How an incoming message relates to this question.
    enum Match {
        /// It answers it.
        REPLY,
        /// It has its ID and an error, but no question: some servers answer so what they do not understand.
        ERROR,
        FOREIGN
    }

    /// The question of a query, its ID still 0.
    static Question of(Query query) {
        int end = query.questionEnd();
        var bytes = Arrays.copyOf(query.message(), end);
        Arrays.fill(bytes, 0, Wire.HEADER_BYTES, (byte) 0);
        Wire.put16(bytes, 2, query.flags() & FLAGS_PASSED_ON);
        bytes[5] = 1;
        var message = Arrays.copyOf(bytes, end + Wire.OPT_BYTES);
        message[11] = 1;
        Wire.putOpt(message, end, 0, query.dnssecOk());
        return new Question(message, end, false);
    }

    /// The same question for a server that does not know EDNS.
    Question plain() {
        var plain = Arrays.copyOf(message, end);
        plain[11] = 0;
        return new Question(plain, end, mixedCase);
    }

    /// The same question with this ID, and its letters in random case when wanted: a reply must come back
    /// with both (draft-vixie-dnsext-dns0x20).
    Question with(int id, boolean randomCase, RandomGenerator random) {
        var bytes = message.clone();
        Wire.put16(bytes, 0, id);
        for (int i = Wire.HEADER_BYTES; randomCase && i < end - 4; i++) {
            byte lower = Wire.lower(bytes[i]);
            if (lower >= 'a' && lower <= 'z') {
                bytes[i] = random.nextBoolean() ? lower : (byte) (lower & ~0x20);
            }
        }
        return new Question(bytes, end, randomCase);
    }

    /// The whole query; not to be written to.
    byte[] message() {
        return message;
    }

    int id() {
        return Wire.u16(message, 0);
    }

    boolean edns() {
        return message.length > end;
    }

    /// What a message from the nameserver is to this question.
    Match match(byte[] reply, int length) {
        if (length < Wire.HEADER_BYTES || reply[0] != message[0] || reply[1] != message[1]) {
            return Match.FOREIGN;
        }
        int flags = Wire.u16(reply, 2);
        if ((flags & Wire.FLAG_RESPONSE) == 0 || (flags & Wire.OPCODE) != 0) {
            return Match.FOREIGN;
        }
        int questions = Wire.u16(reply, 4);
        if (questions == 0) {
            return (flags & 0xF) == 0 ? Match.FOREIGN : Match.ERROR;
        }
        return questions == 1 && length >= end && hasQuestion(reply) ? Match.REPLY : Match.FOREIGN;
    }

    /// Whether a query asks the same name and type, its letters in whatever case.
    boolean isOf(Query query) {
        return query.questionEnd() == end
                && Wire.sameName(
                        message, Wire.HEADER_BYTES, query.message(), Wire.HEADER_BYTES, end - Wire.HEADER_BYTES);
    }

    /// Servers may change the case of letters, unless we look at it.
    private boolean hasQuestion(byte[] reply) {
        return mixedCase
                ? Arrays.equals(message, Wire.HEADER_BYTES, end, reply, Wire.HEADER_BYTES, end)
                : Wire.sameName(message, Wire.HEADER_BYTES, reply, Wire.HEADER_BYTES, end - Wire.HEADER_BYTES - 4)
                        && Arrays.equals(message, end - 4, end, reply, end - 4, end);
    }
}
