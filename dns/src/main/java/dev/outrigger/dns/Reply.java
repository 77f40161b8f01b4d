package dev.outrigger.dns;

import static dev.outrigger.dns.Wire.put16;
import static dev.outrigger.dns.Wire.u16;
import static dev.outrigger.dns.Wire.u32;

import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Message;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/// A nameserver's reply, without its OPT record, which was between it and us. Immutable.
final class Reply {
    static final int SERVFAIL = 2;
    static final int FORMERR = 1;
    static final int NXDOMAIN = 3;
    static final int NOTIMP = 4;
    static final int REFUSED = 5;
    static final int FLAG_AUTHENTIC = 0x0020;

    private static final int LONGEST_TTL = 24 * 3600;
    private static final int LONGEST_NEGATIVE_TTL = 3 * 3600;

    private final byte[] bytes;
    private final int questionEnd;
    /// Where the TTL of each record is, in all three sections.
    private final int[] ttls;

    private Reply(byte[] bytes, int questionEnd, int[] ttls) {
        this.bytes = bytes;
        this.questionEnd = questionEnd;
        this.ttls = ttls;
    }

    /// Reads a message that {@link Question#match} took for a reply.
    ///
    /// @return null when it is garbage
    static @Nullable Reply read(byte[] message, int length) {
        var reply = new Walk(message, length).read();
        if (reply == null || !reply.hasOptLeft()) {
            return reply;
        }
        // An OPT record that is not the last one: rare, so it may cost something.
        try {
            var parsed = new Message(Arrays.copyOf(message, length));
            parsed.removeAllRecords(Section.ADDITIONAL);
            new Message(Arrays.copyOf(message, length))
                    .getSection(Section.ADDITIONAL).stream()
                            .filter(r -> r.getType() != Type.OPT)
                            .forEach(r -> parsed.addRecord(r, Section.ADDITIONAL));
            var wire = parsed.toWire(Wire.MAX_MESSAGE_BYTES);
            return new Walk(wire, wire.length).read();
        } catch (IOException | IllegalArgumentException _) {
            return null;
        }
    }

    int rcode() {
        return bytes[3] & 0xF;
    }

    boolean truncated() {
        return (u16(bytes, 2) & Wire.FLAG_TRUNCATED) != 0;
    }

    int length() {
        return bytes.length;
    }

    /// The message as it is kept; not to be written to.
    byte[] bytes() {
        return bytes;
    }

    /// For how many seconds this may be kept: the lowest TTL of the answer, or what RFC 2308 section 5 says
    /// of an answer that there is none. 0 when it must not be kept.
    int ttl() {
        if (truncated() || (rcode() != 0 && rcode() != NXDOMAIN)) {
            return 0;
        }
        long ttl = LONGEST_TTL;
        int answers = u16(bytes, 6);
        for (int i = 0; i < answers; i++) {
            ttl = Math.min(ttl, ttlAt(i));
        }
        return (int) (isNegative(answers) ? Math.min(ttl, negativeTtl(answers)) : ttl);
    }

    private boolean isNegative(int answers) {
        if (rcode() == NXDOMAIN || answers == 0) {
            return true;
        }
        int asked = u16(bytes, questionEnd - 4);
        for (int i = 0; i < answers; i++) {
            if (u16(bytes, ttls[i] - 4) != Wire.TYPE_CNAME || asked == Wire.TYPE_CNAME) {
                return false;
            }
        }
        return true;
    }

    /// The TTL of the SOA record or the last of its numbers, whichever is lower.
    private long negativeTtl(int answers) {
        for (int i = answers; i < answers + u16(bytes, 8); i++) {
            int end = dataEnd(i);
            if (u16(bytes, ttls[i] - 4) == Wire.TYPE_SOA && end - 4 > ttls[i] + 6) {
                return Math.min(LONGEST_NEGATIVE_TTL, Math.min(ttlAt(i), u32(bytes, end - 4)));
            }
        }
        return 0;
    }

    /// A TTL with its highest bit set is 0 (RFC 2181 section 8).
    private long ttlAt(int record) {
        long ttl = u32(bytes, ttls[record]);
        return ttl > Integer.MAX_VALUE ? 0 : ttl;
    }

    private int dataEnd(int record) {
        return ttls[record] + 6 + u16(bytes, ttls[record] + 4);
    }

    private boolean hasOptLeft() {
        for (int ttl : ttls) {
            if (u16(bytes, ttl - 4) == Wire.TYPE_OPT) {
                return true;
            }
        }
        return false;
    }

    /// Writes this as the answer to a query of the same question.
    ///
    /// @param age seconds to take off each TTL
    /// @param most TTL that is given at most, for a reply that is stale
    /// @param kept whether it comes from the cache, which is no authority
    /// @param limit bytes the client takes; whole records are left out at the end when it is more
    /// @return bytes written
    int write(Query query, int limit, int age, int most, boolean kept, byte[] into) {
        int room = limit - (query.edns() ? Wire.OPT_BYTES : 0);
        int length = bytes.length <= room ? bytes.length : fitting(room);
        System.arraycopy(bytes, 0, into, 0, length);
        put16(into, 0, query.id());
        put16(into, 2, flags(query, kept, length < bytes.length));
        // The client's own spelling of the name.
        System.arraycopy(query.message(), Wire.HEADER_BYTES, into, Wire.HEADER_BYTES, questionEnd - Wire.HEADER_BYTES);
        for (int i = 0; i < ttls.length && ttls[i] < length; i++) {
            long ttl = ttlAt(i);
            if (age > 0 || ttl > most) {
                Wire.put32(into, ttls[i], Math.clamp(ttl - age, 0, most));
            }
        }
        if (length < bytes.length) {
            recount(into, length);
        }
        if (query.edns()) {
            put16(into, 10, u16(into, 10) + 1);
            length = Wire.putOpt(into, length, 0, query.dnssecOk());
        }
        return length;
    }

    private int flags(Query query, boolean kept, boolean cut) {
        int flags = u16(bytes, 2) | Wire.FLAG_RECURSION_AVAILABLE | (cut ? Wire.FLAG_TRUNCATED : 0);
        if (kept) {
            flags &= ~Wire.FLAG_AUTHORITATIVE;
        }
        boolean wantsAuthentic = query.dnssecOk() || (query.flags() & FLAG_AUTHENTIC) != 0;
        return wantsAuthentic ? flags : flags & ~FLAG_AUTHENTIC;
    }

    /// Where the last record ends that fits.
    private int fitting(int room) {
        int end = questionEnd;
        for (int i = 0; i < ttls.length && dataEnd(i) <= room; i++) {
            end = dataEnd(i);
        }
        return end;
    }

    private void recount(byte[] into, int length) {
        int left = 0;
        while (left < ttls.length && ttls[left] < length) {
            left++;
        }
        for (int at = 6; at <= 10; at += 2) {
            int count = Math.min(left, u16(bytes, at));
            put16(into, at, count);
            left -= count;
        }
    }

    /// One pass over a message.
    private static final class Walk {
        private final byte[] message;
        private final int length;
        private int at = Wire.HEADER_BYTES;

        Walk(byte[] message, int length) {
            this.message = message;
            this.length = length;
        }

        @Nullable
        Reply read() {
            int questions = u16(message, 4);
            if (questions != 1 || !skipName() || length - at < 4) {
                return null;
            }
            at += 4;
            int questionEnd = at;
            int records = u16(message, 6) + u16(message, 8) + u16(message, 10);
            if (records > (length - at) / (Wire.RECORD_FIXED_BYTES + 1)) {
                return null;
            }
            var ttls = new int[records];
            int end = at;
            boolean lastIsOpt = false;
            for (int i = 0; i < records; i++) {
                end = at;
                if (!skipName() || length - at < Wire.RECORD_FIXED_BYTES) {
                    return null;
                }
                lastIsOpt = u16(message, at) == Wire.TYPE_OPT && i >= records - u16(message, 10);
                ttls[i] = at + 4;
                at += Wire.RECORD_FIXED_BYTES + u16(message, at + 8);
                if (at > length) {
                    return null;
                }
            }
            if (!lastIsOpt) {
                return new Reply(Arrays.copyOf(message, at), questionEnd, ttls);
            }
            if (message[ttls[records - 1]] != 0) {
                return null; // an extended error, which only a broken server has for a query of ours
            }
            var bytes = Arrays.copyOf(message, end);
            put16(bytes, 10, u16(bytes, 10) - 1);
            return new Reply(bytes, questionEnd, Arrays.copyOf(ttls, records - 1));
        }

        private boolean skipName() {
            int start = at;
            while (at < length && at - start < Wire.MAX_NAME_BYTES) {
                int bytes = message[at] & 0xFF;
                if (bytes == 0) {
                    at++;
                    return true;
                }
                if (bytes >= 0xC0) {
                    // It may only point backwards; whoever follows it meets no loop then.
                    boolean backwards = at + 1 < length && (u16(message, at) & 0x3FFF) < start;
                    at += 2;
                    return backwards;
                }
                if (bytes > 63) {
                    return false;
                }
                at += bytes + 1;
            }
            return false;
        }
    }
}
