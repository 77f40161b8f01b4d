package dev.outrigger.dns;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.random.RandomGenerator;
import org.xbill.DNS.Rcode;

/// Writes the answers this agent gives itself. Owned by one event loop: it keeps a cursor between its private
/// methods.
///
/// The question is copied as it came, so the case of its letters survives; records point at it.
final class AnswerWriter {
    /// The longest datagram we like to receive, as told in each OPT record (the DNS flag day of 2020).
    private static final int OUR_UDP_BYTES = 1232;

    private static final int FLAGS = Query.FLAG_RESPONSE | 0x0080; // recursion is available: the rest is forwarded
    private static final int FLAG_AUTHORITATIVE = 0x0400;
    private static final int FLAGS_KEPT = 0x0110; // recursion desired, checking disabled
    private static final int OPCODE = 0x7800;
    private static final int POINTER = 0xC000;
    private static final int FLAG_DNSSEC_OK = 0x8000;
    private static final int OPT_BYTES = 11;
    private static final int RECORD_BYTES = 12;
    private static final byte[] HOSTMASTER = "\nhostmaster".getBytes(StandardCharsets.US_ASCII);
    private static final int SOA_DATA_BYTES = 2 + HOSTMASTER.length + 2 + 20;

    private final int ttl;
    private final RandomGenerator random;
    private int room;
    private boolean truncated;

    /// @param ttl seconds
    AnswerWriter(int ttl, RandomGenerator random) {
        this.ttl = ttl;
        this.random = random;
    }

    /// The answer from the table: the addresses of the wanted family, or none and the SOA that says how long
    /// there are none. What does not fit is left out, and the answer is marked truncated.
    ///
    /// @param limit bytes the client takes
    /// @param lookup has found an entry
    /// @return owned by the caller
    ByteBuf found(ByteBufAllocator allocator, ByteBuf message, Query query, Lookup lookup, NameEntry entry, int limit) {
        var out = start(allocator, message, query, query.questionEnd());
        room = limit - (query.edns() ? OPT_BYTES : 0);
        truncated = false;
        int owner = POINTER | Query.HEADER_BYTES;
        int answers = 0;
        if (lookup.aliasOf() > 0 && fits(out, RECORD_BYTES + lookup.aliasOf() + 1)) {
            owner = alias(out, message, lookup.aliasOf());
            answers = 1;
        }
        int addresses = 0;
        if (query.wantsIpv4()) {
            addresses += addresses(out, owner, Query.TYPE_A, entry.ipv4);
        }
        if (query.wantsIpv6()) {
            addresses += addresses(out, owner, Query.TYPE_AAAA, entry.ipv6);
        }
        boolean none = addresses == 0 && !truncated && fits(out, RECORD_BYTES + SOA_DATA_BYTES);
        if (none) {
            soa(out, owner);
        }
        finish(out, query, FLAG_AUTHORITATIVE | (truncated ? Query.FLAG_TRUNCATED : 0), Rcode.NOERROR);
        out.setShort(6, answers + addresses);
        out.setShort(8, none ? 1 : 0);
        return out;
    }

    /// An answer that only says what went wrong.
    ///
    /// @param rcode as registered; codes above 15 need EDNS in the query
    /// @return owned by the caller
    ByteBuf error(ByteBufAllocator allocator, ByteBuf message, Query query, int rcode) {
        var out = start(allocator, message, query, Math.max(Query.HEADER_BYTES, query.questionEnd()));
        finish(out, query, 0, rcode);
        return out;
    }

    private static ByteBuf start(ByteBufAllocator allocator, ByteBuf message, Query query, int end) {
        var out = allocator.directBuffer(512);
        out.writeShort(query.id());
        out.writeShort(0);
        out.writeShort(query.questionEnd() > 0 ? 1 : 0);
        out.writeZero(6);
        return out.writeBytes(message, message.readerIndex() + Query.HEADER_BYTES, end - Query.HEADER_BYTES);
    }

    private static void finish(ByteBuf out, Query query, int flags, int rcode) {
        out.setShort(2, FLAGS | flags | (query.flags() & (FLAGS_KEPT | OPCODE)) | (rcode & 0xF));
        if (query.edns()) {
            out.setShort(10, 1);
            out.writeByte(0).writeShort(Query.TYPE_OPT).writeShort(OUR_UDP_BYTES);
            out.writeByte(rcode >> 4).writeByte(0);
            out.writeShort(query.dnssecOk() ? FLAG_DNSSEC_OK : 0).writeShort(0);
        }
    }

    /// Writes the CNAME and says where its target is, for the records that follow.
    private int alias(ByteBuf out, ByteBuf message, int bytes) {
        record(out, POINTER | Query.HEADER_BYTES, Query.TYPE_CNAME, bytes + 1);
        int target = out.writerIndex();
        out.writeBytes(message, message.readerIndex() + Query.HEADER_BYTES, bytes)
                .writeByte(0);
        return POINTER | target;
    }

    /// Begins at a random address, so that clients that take the first one spread over all.
    private int addresses(ByteBuf out, int owner, int type, byte[][] addresses) {
        if (addresses.length == 0) {
            return 0;
        }
        int first = addresses.length == 1 ? 0 : random.nextInt(addresses.length);
        for (int i = 0; i < addresses.length; i++) {
            var address = addresses[(first + i) % addresses.length];
            if (!fits(out, RECORD_BYTES + address.length)) {
                return i;
            }
            record(out, owner, type, address.length);
            out.writeBytes(address);
        }
        return addresses.length;
    }

    /// The name is its own zone here: we know nothing about what is above it (RFC 2308 section 3).
    private void soa(ByteBuf out, int owner) {
        record(out, owner, Query.TYPE_SOA, SOA_DATA_BYTES);
        out.writeShort(owner).writeBytes(HOSTMASTER).writeShort(owner);
        out.writeInt(1).writeInt(7200).writeInt(1800).writeInt(86_400).writeInt(ttl);
    }

    private void record(ByteBuf out, int owner, int type, int dataBytes) {
        out.writeShort(owner)
                .writeShort(type)
                .writeShort(Query.CLASS_IN)
                .writeInt(ttl)
                .writeShort(dataBytes);
    }

    private boolean fits(ByteBuf out, int bytes) {
        truncated = out.writerIndex() + bytes > room;
        return !truncated;
    }
}
