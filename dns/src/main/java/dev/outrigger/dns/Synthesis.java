package dev.outrigger.dns;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.PTRRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.ReverseMap;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.Section;

/// Records that the name table does not have but implies: PTR for the addresses of its hosts, and SRV for
/// headless services, one for each of their pods. The table knows no ports, so those of SRV are 0: the
/// client must know its own (RFC 2782 leaves 0 free). Names with a port, `_http._tcp.…`, are not in the
/// table and hence asked of the nameservers, which know.
final class Synthesis {
    private static final byte[] IPV4_TREE = {7, 'i', 'n', '-', 'a', 'd', 'd', 'r', 4, 'a', 'r', 'p', 'a'};
    private static final byte[] IPV6_TREE = {3, 'i', 'p', '6', 4, 'a', 'r', 'p', 'a'};

    private Synthesis() {}

    /// Whether the question is for the name of an address.
    static boolean wants(Query query) {
        return query.type() == Wire.TYPE_PTR && (query.bytesBefore(IPV4_TREE) > 0 || query.bytesBefore(IPV6_TREE) > 0);
    }

    /// Writes the answer to a question for PTR, or for SRV of a service.
    ///
    /// @param service the entry that was found for the name; null for PTR
    /// @return bytes written, or 0 when the table does not imply such a record
    static int answer(NameTable table, Query query, @Nullable NameEntry service, int ttl, int limit, byte[] into) {
        var owner = asAsked(query);
        var records = service == null ? pointers(table, owner, ttl) : services(table, owner, service, ttl);
        if (records.isEmpty()) {
            return 0;
        }
        var reply = new Message(query.id());
        var header = reply.getHeader();
        header.setFlag(Flags.QR);
        header.setFlag(Flags.AA);
        header.setFlag(Flags.RA);
        if ((query.flags() & Wire.FLAG_RECURSION_DESIRED) != 0) {
            header.setFlag(Flags.RD);
        }
        reply.addRecord(Record.newRecord(owner, query.type(), DClass.IN), Section.QUESTION);
        records.forEach(r -> reply.addRecord(r, r.getType() == query.type() ? Section.ANSWER : Section.ADDITIONAL));
        if (query.edns()) {
            reply.addRecord(
                    new OPTRecord(Wire.OUR_UDP_BYTES, 0, 0, query.dnssecOk() ? Wire.FLAG_DNSSEC_OK : 0),
                    Section.ADDITIONAL);
        }
        var wire = reply.toWire(limit);
        System.arraycopy(wire, 0, into, 0, wire.length);
        return wire.length;
    }

    /// The one name of an address: a pod's before that of a service which has it too, else the first of
    /// all.
    private static List<Record> pointers(NameTable table, Name owner, int ttl) {
        return address(owner)
                .flatMap(address -> table.hostsWith(address.getAddress()).stream()
                        .filter(e -> !e.isWildcard())
                        .map(NameEntry::name)
                        .max(Comparator.comparingInt(Name::labels).thenComparing(Comparator.reverseOrder())))
                .<Record>map(name -> new PTRRecord(owner, DClass.IN, ttl, name))
                .stream()
                .toList();
    }

    private static Optional<InetAddress> address(Name owner) {
        try {
            return Optional.of(ReverseMap.fromName(owner));
        } catch (java.net.UnknownHostException _) {
            return Optional.empty();
        }
    }

    private static List<Record> services(NameTable table, Name owner, NameEntry service, int ttl) {
        var pods = addresses(service).stream()
                .flatMap(address -> table.hostsWith(address).stream())
                .filter(e -> isRightBelow(e, service))
                .distinct()
                .toList();
        var records = new java.util.ArrayList<Record>();
        pods.forEach(pod -> records.add(new SRVRecord(owner, DClass.IN, ttl, 0, 100, 0, pod.name())));
        pods.forEach(pod -> pod.addresses()
                .forEach(address -> records.add(
                        address instanceof Inet4Address
                                ? new ARecord(pod.name(), DClass.IN, ttl, address)
                                : new AAAARecord(pod.name(), DClass.IN, ttl, address))));
        return records;
    }

    private static List<byte[]> addresses(NameEntry entry) {
        return entry.addresses().stream().map(InetAddress::getAddress).toList();
    }

    private static boolean isRightBelow(NameEntry pod, NameEntry service) {
        int label = pod.data[0] + 1;
        return pod.isService()
                && pod.keyBytes() == label + service.keyBytes()
                && Arrays.equals(pod.data, label, pod.keyBytes(), service.data, 0, service.keyBytes());
    }

    /// The name with the case of the question.
    private static Name asAsked(Query query) {
        return NameEntry.name(query.message(), Wire.HEADER_BYTES, Wire.HEADER_BYTES + query.nameLength());
    }
}
