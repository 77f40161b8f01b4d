package dev.outrigger.dns;

import static dev.outrigger.dns.Wire.put16;
import static dev.outrigger.dns.Wire.put32;

import java.nio.charset.StandardCharsets;
import java.util.random.RandomGenerator;
import org.xbill.DNS.Rcode;

/// Writes the answers this agent gives itself. Owned by one event loop: it keeps a cursor between its
/// private methods.
///
/// The question is copied as it came, so the case of its letters survives; records point at it.
final class AnswerWriter {
    private static final int FLAGS = Wire.FLAG_RESPONSE | Wire.FLAG_RECURSION_AVAILABLE;
    private static final int FLAGS_KEPT = Wire.FLAG_RECURSION_DESIRED | Wire.FLAG_CHECKING_DISABLED | Wire.OPCODE;
    private static final int QUESTION = Wire.POINTER | Wire.HEADER_BYTES;
    private static final int RECORD_BYTES = 12;
    private static final byte[] HOSTMASTER = "\nhostmaster".getBytes(StandardCharsets.US_ASCII);
    private static final int SOA_DATA_BYTES = 2 + HOSTMASTER.length + 2 + 20;

    private final int ttl;
    private final RandomGenerator random;
    private byte[] out = new byte[0];
    private int at;
    private int room;
    private boolean truncated;

    /// @param ttl seconds
    AnswerWriter(int ttl, RandomGenerator random) {
        this.ttl = ttl;
        this.random = random;
    }

    /// Seconds for which answers may be kept.
    int ttl() {
        return ttl;
    }

    /// The answer from the table: the addresses of the wanted family, or none and the SOA that says how
    /// long there are none. What does not fit is left out, and the answer is marked truncated. A question
    /// of type ANY gets one family only (RFC 8482 section 4.1).
    ///
    /// @param limit bytes the client takes
    /// @param lookup has found an entry
    /// @param into long enough for the limit
    /// @return bytes written
    int found(Query query, Lookup lookup, NameEntry entry, int limit, byte[] into) {
        start(query, query.questionEnd(), into);
        room = limit - (query.edns() ? Wire.OPT_BYTES : 0);
        truncated = false;
        int owner = QUESTION;
        int answers = 0;
        if (lookup.aliasOf() > 0 && fits(RECORD_BYTES + lookup.aliasOf() + 1)) {
            owner = alias(query, lookup.aliasOf());
            answers = 1;
        }
        int addresses = addresses(owner, familyWanted(query, entry), entry);
        boolean none = addresses == 0 && !truncated && fits(RECORD_BYTES + SOA_DATA_BYTES);
        if (none) {
            soa(owner);
        }
        put16(out, 6, answers + addresses);
        put16(out, 8, none ? 1 : 0);
        return finish(query, Wire.FLAG_AUTHORITATIVE | (truncated ? Wire.FLAG_TRUNCATED : 0), Rcode.NOERROR);
    }

    /// Whether the answer of {@link #found} has addresses.
    static boolean hasWanted(Query query, NameEntry entry) {
        return switch (familyWanted(query, entry)) {
            case Wire.TYPE_A -> entry.ipv4Count() > 0;
            case Wire.TYPE_AAAA -> entry.ipv6Count() > 0;
            default -> false;
        };
    }

    private static int familyWanted(Query query, NameEntry entry) {
        if (query.type() != Wire.TYPE_ANY) {
            return query.type();
        }
        return entry.ipv4Count() > 0 ? Wire.TYPE_A : Wire.TYPE_AAAA;
    }

    /// An answer that only says what went wrong.
    ///
    /// @param rcode as registered; codes above 15 need EDNS in the query
    /// @return bytes written
    int error(Query query, int rcode, byte[] into) {
        start(query, Math.max(Wire.HEADER_BYTES, query.questionEnd()), into);
        return finish(query, 0, rcode);
    }

    private void start(Query query, int end, byte[] into) {
        out = into;
        put16(out, 0, query.id());
        put16(out, 4, query.questionEnd() > 0 ? 1 : 0);
        put32(out, 6, 0);
        put16(out, 10, 0);
        System.arraycopy(query.message(), Wire.HEADER_BYTES, out, Wire.HEADER_BYTES, end - Wire.HEADER_BYTES);
        at = end;
    }

    private int finish(Query query, int flags, int rcode) {
        put16(out, 2, FLAGS | flags | (query.flags() & FLAGS_KEPT) | (rcode & 0xF));
        if (query.edns()) {
            put16(out, 10, 1);
            at = Wire.putOpt(out, at, rcode, query.dnssecOk());
        }
        return at;
    }

    /// Writes the CNAME and says where its target is, for the records that follow.
    private int alias(Query query, int bytes) {
        record(QUESTION, Wire.TYPE_CNAME, bytes + 1);
        int target = at;
        System.arraycopy(query.message(), Wire.HEADER_BYTES, out, at, bytes);
        at += bytes;
        out[at++] = 0;
        return Wire.POINTER | target;
    }

    /// Begins at a random address, so that clients that take the first one spread over all.
    private int addresses(int owner, int type, NameEntry entry) {
        int bytes = type == Wire.TYPE_A ? 4 : 16;
        int count = type == Wire.TYPE_A ? entry.ipv4Count() : type == Wire.TYPE_AAAA ? entry.ipv6Count() : 0;
        int next = count < 2 ? 0 : random.nextInt(count);
        for (int i = 0; i < count; i++) {
            if (!fits(RECORD_BYTES + bytes)) {
                return i;
            }
            record(owner, type, bytes);
            System.arraycopy(entry.data, type == Wire.TYPE_A ? entry.ipv4At(next) : entry.ipv6At(next), out, at, bytes);
            at += bytes;
            next = next + 1 == count ? 0 : next + 1;
        }
        return count;
    }

    /// The name is its own zone here: we know nothing about what is above it (RFC 2308 section 3).
    private void soa(int owner) {
        record(owner, Wire.TYPE_SOA, SOA_DATA_BYTES);
        put16(out, at, owner);
        System.arraycopy(HOSTMASTER, 0, out, at + 2, HOSTMASTER.length);
        at += 2 + HOSTMASTER.length;
        put16(out, at, owner);
        put32(out, at + 2, 1);
        put32(out, at + 6, 7200);
        put32(out, at + 10, 1800);
        put32(out, at + 14, 86_400);
        put32(out, at + 18, ttl);
        at += 22;
    }

    private void record(int owner, int type, int dataBytes) {
        put16(out, at, owner);
        put16(out, at + 2, type);
        put16(out, at + 4, Wire.CLASS_IN);
        put32(out, at + 6, ttl);
        put16(out, at + 10, dataBytes);
        at += RECORD_BYTES;
    }

    private boolean fits(int bytes) {
        truncated = at + bytes > room;
        return !truncated;
    }
}
