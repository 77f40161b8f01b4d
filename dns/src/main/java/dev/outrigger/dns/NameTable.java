package dev.outrigger.dns;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrigger.proto.nds.NameTable.NameInfo;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.TextParseException;

/// The names this agent answers itself. Immutable: a push makes a new table.
///
/// Names are compared without regard to case. A host that starts with `*.` is a wildcard: it stands for every
/// name below it, at any depth, but not for the name it is below; an exact name beats it, and so does a
/// longer wildcard.
public final class NameTable {
    private static final NameTable EMPTY = of(Map.of());

    private final NameIndex exact;
    private final NameIndex wildcards;
    private final int ignored;

    private NameTable(Map<String, NameEntry> entries, int ignored) {
        this.exact =
                new NameIndex(entries.values().stream().filter(e -> !e.wildcard).toList());
        this.wildcards =
                new NameIndex(entries.values().stream().filter(e -> e.wildcard).toList());
        this.ignored = ignored;
    }

    /// Reads the resource `istio.networking.nds.v1.NameTable`.
    ///
    /// A Kubernetes host of the own cluster domain is also known by its short names. A host always beats a
    /// short name made from another one. Addresses and hosts that cannot be read are left out and counted; a
    /// host without addresses is left out and hence forwarded.
    ///
    /// @param protobuf the message's bytes
    /// @throws MalformedNameTableException when the bytes are not such a message
    public static NameTable parse(byte[] protobuf, MeshDomain domain) throws MalformedNameTableException {
        try {
            var hosts = dev.outrigger.proto.nds.NameTable.parseFrom(protobuf).getTableMap();
            return new Builder(domain).hosts(hosts).build();
        } catch (InvalidProtocolBufferException e) {
            throw new MalformedNameTableException("name table is not a valid NameTable message: " + e.getMessage(), e);
        }
    }

    /// A table from names as they are; no short names are made.
    ///
    /// @throws IllegalArgumentException when a key is not a domain name
    public static NameTable of(Map<String, List<InetAddress>> names) {
        var entries = new HashMap<String, NameEntry>();
        names.forEach((host, addresses) -> {
            try {
                var entry = NameEntry.of(host, addresses);
                entries.put(entry.text(), entry);
            } catch (TextParseException e) {
                throw new IllegalArgumentException("'" + host + "' is not a domain name: " + e.getMessage(), e);
            }
        });
        return new NameTable(entries, 0);
    }

    /// A table without names.
    public static NameTable empty() {
        return EMPTY;
    }

    /// Names in this table, short names and wildcards included.
    public int size() {
        return exact.size() + wildcards.size();
    }

    /// Hosts and addresses that were left out because they could not be read.
    public int ignored() {
        return ignored;
    }

    /// All names, sorted, with their addresses; made anew on each call, for people to look at.
    public Map<String, List<InetAddress>> asMap() {
        var names = new TreeMap<String, List<InetAddress>>();
        exact.entries().forEach(e -> names.put(e.text(), e.addresses()));
        wildcards.entries().forEach(e -> names.put(e.text(), e.addresses()));
        return names;
    }

    /// This table with the names of another one added; the other one's win.
    NameTable with(NameTable winner) {
        if (winner.size() == 0) {
            return this;
        }
        var entries = new HashMap<String, NameEntry>();
        for (var table : List.of(this, winner)) {
            table.exact.entries().forEach(e -> entries.put(e.text(), e));
            table.wildcards.entries().forEach(e -> entries.put(e.text(), e));
        }
        return new NameTable(entries, ignored);
    }

    /// The entry of exactly `name[0, to)`, lower-case labels without the root.
    @Nullable
    NameEntry exact(byte[] name, int to) {
        return exact.find(name, 0, to);
    }

    /// The wildcard right above `name[from, to)`, that is `*.` and these labels.
    @Nullable
    NameEntry wildcard(byte[] name, int from, int to) {
        return wildcards.find(name, from, to);
    }

    boolean hasWildcards() {
        return wildcards.size() > 0;
    }

    /// Collects hosts first and the names derived from them after, so that the result does not depend on the
    /// order.
    private static final class Builder {
        private final MeshDomain domain;
        private final Map<String, NameEntry> entries = new HashMap<>();
        private int ignored;

        Builder(MeshDomain domain) {
            this.domain = domain;
        }

        Builder hosts(Map<String, NameInfo> hosts) {
            var sorted = new TreeMap<String, List<InetAddress>>();
            hosts.forEach((host, info) -> sorted.put(host, addresses(info)));
            sorted.forEach(this::add);
            sorted.forEach((host, addresses) -> {
                for (var alias : aliases(host, hosts.getOrDefault(host, NameInfo.getDefaultInstance()))) {
                    add(alias, addresses);
                }
            });
            return this;
        }

        NameTable build() {
            return new NameTable(entries, ignored);
        }

        private List<String> aliases(String host, NameInfo info) {
            var aliases = new ArrayList<>(info.getAltHostsList());
            if (info.getRegistry().equals("Kubernetes")) {
                aliases.addAll(domain.shortNames(host, info.getShortname(), info.getNamespace()));
            }
            return aliases;
        }

        private void add(String host, List<InetAddress> addresses) {
            if (addresses.isEmpty()) {
                return;
            }
            try {
                var entry = NameEntry.of(host, addresses);
                entries.putIfAbsent(entry.text(), entry);
            } catch (TextParseException _) {
                ignored++;
            }
        }

        private List<InetAddress> addresses(NameInfo info) {
            var addresses = new ArrayList<InetAddress>();
            for (var literal : info.getIpsList()) {
                try {
                    addresses.add(InetAddress.ofLiteral(literal));
                } catch (IllegalArgumentException _) {
                    ignored++;
                }
            }
            return addresses;
        }
    }
}
