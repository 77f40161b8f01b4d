package dev.outrigger.dns;

import static dev.outrigger.dns.Wire.u16;

import java.util.Arrays;

/// The parts of a query that decide its answer (RFC 1035 section 4.1, RFC 6891). Reused for each query to
/// allocate nothing; owned by the event loop that parses.
final class Query {
    /// What to do with a packet.
    enum Verdict {
        ANSWER,
        DROP,
        FORMERR,
        NOTIMP,
        REFUSED,
        BADVERS
    }

    /// The question's labels in wire form, lower-case, without the root.
    final byte[] name = new byte[Wire.MAX_NAME_BYTES];

    private final int[] labels = new int[Wire.MAX_NAME_BYTES / 2 + 1];
    private byte[] message = new byte[0];
    private int length;
    private int labelCount;
    private int nameLength;
    private int id;
    private int flags;
    private int type;
    private int questionEnd;
    private boolean edns;
    private boolean dnssecOk;
    private int ednsVersion;
    private int udpBytes;
    private int at;

    /// Reads one message, which stays untouched and must not change while this query is looked at.
    Verdict parse(byte[] bytes, int bytesLength) {
        clear(bytes, bytesLength);
        if (length < Wire.HEADER_BYTES) {
            return Verdict.DROP;
        }
        id = u16(message, 0);
        flags = u16(message, 2);
        if ((flags & Wire.FLAG_RESPONSE) != 0) {
            return Verdict.DROP;
        }
        if ((flags & Wire.OPCODE) != 0) {
            return Verdict.NOTIMP;
        }
        if (u16(message, 4) != 1 || !readQuestion() || !readRecords()) {
            return Verdict.FORMERR;
        }
        return verdict(u16(message, questionEnd - 2));
    }

    /// The whole message, {@link #length} bytes of it.
    byte[] message() {
        return message;
    }

    int length() {
        return length;
    }

    int id() {
        return id;
    }

    int flags() {
        return flags;
    }

    int type() {
        return type;
    }

    int nameLength() {
        return nameLength;
    }

    int labelCount() {
        return labelCount;
    }

    /// Offset of a label in {@link #name}.
    int label(int index) {
        return labels[index];
    }

    /// Where the question ends, counted from the start of the message; 0 when it could not be read.
    int questionEnd() {
        return questionEnd;
    }

    boolean edns() {
        return edns;
    }

    boolean dnssecOk() {
        return dnssecOk;
    }

    /// The longest datagram the client takes.
    int udpBytes() {
        return udpBytes;
    }

    /// How many bytes of the name come before this suffix, or -1 when the name is not below it.
    ///
    /// @param suffix lower-case labels in wire form without the root
    int bytesBefore(byte[] suffix) {
        int before = nameLength - suffix.length;
        if (suffix.length == 0 || before <= 0 || !Arrays.equals(name, before, nameLength, suffix, 0, suffix.length)) {
            return -1;
        }
        for (int i = 1; i < labelCount; i++) {
            if (labels[i] == before) {
                return before;
            }
        }
        return -1;
    }

    private void clear(byte[] bytes, int bytesLength) {
        message = bytes;
        length = bytesLength;
        labelCount = 0;
        nameLength = 0;
        questionEnd = 0;
        edns = false;
        dnssecOk = false;
        ednsVersion = 0;
        udpBytes = Wire.MIN_UDP_BYTES;
        at = Wire.HEADER_BYTES;
    }

    private Verdict verdict(int dnsClass) {
        if (ednsVersion != 0) {
            return Verdict.BADVERS;
        }
        boolean refused = dnsClass != Wire.CLASS_IN || type == Wire.TYPE_AXFR || type == Wire.TYPE_IXFR;
        return refused ? Verdict.REFUSED : Verdict.ANSWER;
    }

    private boolean readQuestion() {
        if (!readName() || length - at < 4) {
            return false;
        }
        type = u16(message, at);
        at += 4;
        questionEnd = at;
        return true;
    }

    private boolean readName() {
        while (at < length) {
            int bytes = message[at] & 0xFF;
            if (bytes == 0) {
                at++;
                return true;
            }
            // Above 63 it is a compression pointer, and nothing precedes a question to point at.
            if (bytes > 63 || length - at <= bytes || nameLength + bytes + 2 > Wire.MAX_NAME_BYTES) {
                return false;
            }
            labels[labelCount++] = nameLength;
            copyLabel(bytes + 1);
        }
        return false;
    }

    private void copyLabel(int bytes) {
        for (int i = 0; i < bytes; i++) {
            name[nameLength + i] = Wire.lower(message[at + i]);
        }
        nameLength += bytes;
        at += bytes;
    }

    /// Walks what follows the question, to find the one OPT record and to know that the rest is
    /// well-formed.
    private boolean readRecords() {
        int records = u16(message, 6) + u16(message, 8) + u16(message, 10);
        for (int i = 0; i < records; i++) {
            boolean root = at < length && message[at] == 0;
            if (!skipName() || length - at < Wire.RECORD_FIXED_BYTES) {
                return false;
            }
            if (u16(message, at) == Wire.TYPE_OPT && !readOpt(root)) {
                return false;
            }
            int dataBytes = u16(message, at + 8);
            at += Wire.RECORD_FIXED_BYTES;
            if (length - at < dataBytes) {
                return false;
            }
            at += dataBytes;
        }
        return true;
    }

    private boolean readOpt(boolean root) {
        if (edns || !root) {
            return false;
        }
        edns = true;
        udpBytes = Math.max(Wire.MIN_UDP_BYTES, u16(message, at + 2));
        ednsVersion = message[at + 5] & 0xFF;
        dnssecOk = (message[at + 6] & 0x80) != 0;
        return true;
    }

    private boolean skipName() {
        while (at < length) {
            int bytes = message[at] & 0xFF;
            if (bytes == 0) {
                at++;
                return true;
            }
            if (bytes >= 0xC0) {
                at += 2;
                return true;
            }
            if (bytes > 63) {
                return false;
            }
            at += bytes + 1;
        }
        return false;
    }
}
