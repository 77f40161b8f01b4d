package dev.outrigger.dns;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/// The parts of a query that decide its answer (RFC 1035 section 4.1, RFC 6891). Reused for each query to
/// allocate nothing; owned by the event loop that parses.
final class Query {
    static final int HEADER_BYTES = 12;
    static final int TYPE_A = 1;
    static final int TYPE_SOA = 6;
    static final int TYPE_CNAME = 5;
    static final int TYPE_AAAA = 28;
    static final int TYPE_OPT = 41;
    static final int TYPE_IXFR = 251;
    static final int TYPE_AXFR = 252;
    static final int TYPE_ANY = 255;
    static final int CLASS_IN = 1;
    static final int FLAG_RESPONSE = 0x8000;
    static final int FLAG_TRUNCATED = 0x0200;
    private static final int MIN_UDP_BYTES = 512;
    private static final int MAX_NAME_BYTES = 255;
    private static final int RECORD_FIXED_BYTES = 10;

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
    final byte[] name = new byte[MAX_NAME_BYTES];

    private final int[] labels = new int[MAX_NAME_BYTES / 2 + 1];
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

    /// Reads one message, which stays untouched.
    Verdict parse(ByteBuf message) {
        clear();
        if (message.readableBytes() < HEADER_BYTES) {
            return Verdict.DROP;
        }
        int base = message.readerIndex();
        id = message.getUnsignedShort(base);
        flags = message.getUnsignedShort(base + 2);
        if ((flags & FLAG_RESPONSE) != 0) {
            return Verdict.DROP;
        }
        if (((flags >> 11) & 0xF) != 0) {
            return Verdict.NOTIMP;
        }
        if (message.getUnsignedShort(base + 4) != 1 || !readQuestion(message) || !readRecords(message)) {
            return Verdict.FORMERR;
        }
        return verdict(message.getUnsignedShort(base + questionEnd - 2));
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

    boolean wantsIpv4() {
        return type == TYPE_A || type == TYPE_ANY;
    }

    boolean wantsIpv6() {
        return type == TYPE_AAAA || type == TYPE_ANY;
    }

    /// How many bytes of the name come before this suffix, or -1 when the name is not below it.
    ///
    /// @param suffix lower-case labels in wire form without the root
    int bytesBefore(byte[] suffix) {
        int before = nameLength - suffix.length;
        if (suffix.length == 0 || before <= 0 || !Arrays.equals(name, before, nameLength, suffix, 0, suffix.length)) {
            return -1;
        }
        return Arrays.binarySearch(labels, 0, labelCount, before) >= 0 ? before : -1;
    }

    private void clear() {
        labelCount = 0;
        nameLength = 0;
        questionEnd = 0;
        edns = false;
        dnssecOk = false;
        ednsVersion = 0;
        udpBytes = MIN_UDP_BYTES;
        at = HEADER_BYTES;
    }

    private Verdict verdict(int dnsClass) {
        if (ednsVersion != 0) {
            return Verdict.BADVERS;
        }
        if (dnsClass != CLASS_IN || type == TYPE_AXFR || type == TYPE_IXFR) {
            return Verdict.REFUSED;
        }
        return Verdict.ANSWER;
    }

    private boolean readQuestion(ByteBuf message) {
        if (!readName(message) || remaining(message) < 4) {
            return false;
        }
        type = message.getUnsignedShort(message.readerIndex() + at);
        at += 4;
        questionEnd = at;
        return true;
    }

    private boolean readName(ByteBuf message) {
        while (remaining(message) > 0) {
            int length = message.getUnsignedByte(message.readerIndex() + at);
            if (length == 0) {
                at++;
                return true;
            }
            // Above 63 it is a compression pointer, and nothing precedes a question to point at.
            if (length > 63 || remaining(message) <= length || nameLength + length + 2 > MAX_NAME_BYTES) {
                return false;
            }
            labels[labelCount++] = nameLength;
            copyLabel(message, length + 1);
        }
        return false;
    }

    private void copyLabel(ByteBuf message, int bytes) {
        message.getBytes(message.readerIndex() + at, name, nameLength, bytes);
        for (int i = nameLength + 1; i < nameLength + bytes; i++) {
            if (name[i] >= 'A' && name[i] <= 'Z') {
                name[i] |= 0x20;
            }
        }
        nameLength += bytes;
        at += bytes;
    }

    /// Walks what follows the question, to find the one OPT record and to know that the rest is well-formed.
    private boolean readRecords(ByteBuf message) {
        int base = message.readerIndex();
        int records = message.getUnsignedShort(base + 6)
                + message.getUnsignedShort(base + 8)
                + message.getUnsignedShort(base + 10);
        for (int i = 0; i < records; i++) {
            boolean root = remaining(message) > 0 && message.getByte(base + at) == 0;
            if (!skipName(message) || remaining(message) < RECORD_FIXED_BYTES) {
                return false;
            }
            if (message.getUnsignedShort(base + at) == TYPE_OPT && !readOpt(message, root)) {
                return false;
            }
            int dataBytes = message.getUnsignedShort(base + at + 8);
            at += RECORD_FIXED_BYTES;
            if (remaining(message) < dataBytes) {
                return false;
            }
            at += dataBytes;
        }
        return true;
    }

    private boolean readOpt(ByteBuf message, boolean root) {
        if (edns || !root) {
            return false;
        }
        int base = message.readerIndex() + at;
        edns = true;
        udpBytes = Math.max(MIN_UDP_BYTES, message.getUnsignedShort(base + 2));
        ednsVersion = message.getUnsignedByte(base + 5);
        dnssecOk = (message.getUnsignedByte(base + 6) & 0x80) != 0;
        return true;
    }

    private boolean skipName(ByteBuf message) {
        while (remaining(message) > 0) {
            int length = message.getUnsignedByte(message.readerIndex() + at);
            if (length == 0) {
                at++;
                return true;
            }
            if (length >= 0xC0) {
                at += 2;
                return true;
            }
            if (length > 63) {
                return false;
            }
            at += length + 1;
        }
        return false;
    }

    private int remaining(ByteBuf message) {
        return message.readableBytes() - at;
    }
}
