package dev.outrigger.dns;

/// Numbers in DNS messages and where they are (RFC 1035 section 4.1, RFC 6891 section 6.1).
final class Wire {
    static final int HEADER_BYTES = 12;
    static final int MAX_MESSAGE_BYTES = 0xFFFF;
    static final int MAX_NAME_BYTES = 255;
    /// What is between a record's name and its data: type, class, TTL, length.
    static final int RECORD_FIXED_BYTES = 10;
    static final int MIN_UDP_BYTES = 512;
    /// The longest datagram we like to receive, as told in each OPT record (the DNS flag day of 2020).
    static final int OUR_UDP_BYTES = 1232;

    static final int OPT_BYTES = 11;

    static final int TYPE_A = 1;
    static final int TYPE_CNAME = 5;
    static final int TYPE_SOA = 6;
    static final int TYPE_PTR = 12;
    static final int TYPE_AAAA = 28;
    static final int TYPE_SRV = 33;
    static final int TYPE_OPT = 41;
    static final int TYPE_IXFR = 251;
    static final int TYPE_AXFR = 252;
    static final int TYPE_ANY = 255;
    static final int CLASS_IN = 1;

    static final int FLAG_RESPONSE = 0x8000;
    static final int FLAG_AUTHORITATIVE = 0x0400;
    static final int FLAG_TRUNCATED = 0x0200;
    static final int FLAG_RECURSION_DESIRED = 0x0100;
    static final int FLAG_RECURSION_AVAILABLE = 0x0080;
    static final int FLAG_CHECKING_DISABLED = 0x0010;
    static final int OPCODE = 0x7800;
    static final int FLAG_DNSSEC_OK = 0x8000;
    static final int POINTER = 0xC000;

    private Wire() {}

    static int u16(byte[] bytes, int at) {
        return (bytes[at] & 0xFF) << 8 | (bytes[at + 1] & 0xFF);
    }

    static long u32(byte[] bytes, int at) {
        return (long) u16(bytes, at) << 16 | u16(bytes, at + 2);
    }

    static void put16(byte[] bytes, int at, int value) {
        bytes[at] = (byte) (value >> 8);
        bytes[at + 1] = (byte) value;
    }

    static void put32(byte[] bytes, int at, int value) {
        put16(bytes, at, value >> 16);
        put16(bytes, at + 2, value);
    }

    /// Lengths of labels are below `A`, so names in wire form can be lowered byte by byte.
    static byte lower(byte letter) {
        return letter >= 'A' && letter <= 'Z' ? (byte) (letter | 0x20) : letter;
    }

    /// Whether a range of one array is that of another one but for the case of letters.
    static boolean sameName(byte[] one, int oneAt, byte[] other, int otherAt, int bytes) {
        for (int i = 0; i < bytes; i++) {
            if (lower(one[oneAt + i]) != lower(other[otherAt + i])) {
                return false;
            }
        }
        return true;
    }

    /// Appends an OPT record without options.
    ///
    /// @return where it ends
    static int putOpt(byte[] bytes, int at, int rcode, boolean dnssecOk) {
        bytes[at] = 0;
        put16(bytes, at + 1, TYPE_OPT);
        put16(bytes, at + 3, OUR_UDP_BYTES);
        bytes[at + 5] = (byte) (rcode >> 4);
        bytes[at + 6] = 0;
        put16(bytes, at + 7, dnssecOk ? FLAG_DNSSEC_OK : 0);
        put16(bytes, at + 9, 0);
        return at + OPT_BYTES;
    }
}
