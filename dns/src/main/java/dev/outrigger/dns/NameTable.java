package dev.outrigger.dns;

import com.google.protobuf.CodedInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.TextParseException;

/// The names this agent answers itself. Immutable: a push makes a new table, which shares with the old one
/// everything that did not change.
///
/// Names are compared without regard to case. A host that starts with `*.` is a wildcard: it stands for
/// every name below it, at any depth, but not for the name it is below; an exact name beats it, and so does
/// a longer wildcard. The short forms of services are not kept but worked out by {@link Lookup}.
public final class NameTable {
    private static final int MOST_OF_AN_ADDRESS = 64;
    private static final NameTable EMPTY = empty(new MeshDomain("", ""));

    private final MeshDomain domain;
    private final PushedTable pushed;
    private final NameIndex hosts;
    /// Other names of hosts, which a host of the same spelling beats.
    private final NameIndex aliases;

    private final NameIndex wildcards;
    /// Hosts by each of their addresses.
    private final NameIndex addresses;

    private final int ignored;

    private NameTable(
            MeshDomain domain,
            PushedTable pushed,
            NameIndex hosts,
            NameIndex aliases,
            NameIndex wildcards,
            NameIndex addresses,
            int ignored) {
        this.domain = domain;
        this.pushed = pushed;
        this.hosts = hosts;
        this.aliases = aliases;
        this.wildcards = wildcards;
        this.addresses = addresses;
        this.ignored = ignored;
    }

    /// Reads the resource `istio.networking.nds.v1.NameTable`.
    ///
    /// A Kubernetes host of the own cluster domain is also known by its short names. A host always beats a
    /// short name made from another one. Addresses and hosts that cannot be read are left out and counted;
    /// a host without addresses is left out and hence forwarded.
    ///
    /// @param protobuf the message's bytes, which are kept: do not change them
    /// @throws MalformedNameTableException when the bytes are not such a message
    public static NameTable parse(byte[] protobuf, MeshDomain domain) throws MalformedNameTableException {
        return empty(domain).next(protobuf);
    }

    /// Reads the table that was pushed after this one, as {@link #parse} does, at a cost that depends on
    /// what changed.
    ///
    /// @param protobuf the message's bytes, which are kept: do not change them
    /// @throws MalformedNameTableException when the bytes are not such a message
    public NameTable next(byte[] protobuf) throws MalformedNameTableException {
        try {
            var next = PushedTable.of(protobuf, pushed);
            var difference = next.since(pushed);
            var editor = new Editor(this);
            editor.expect(difference.come().size() - difference.gone().size());
            for (var gone : difference.gone()) {
                editor.remove(gone);
            }
            for (var come : difference.come()) {
                editor.add(come);
            }
            return editor.done(next);
        } catch (IOException e) {
            throw new MalformedNameTableException("name table is not a valid NameTable message: " + e.getMessage(), e);
        }
    }

    /// A table from names as they are; no short names are made.
    ///
    /// @throws IllegalArgumentException when a key is not a domain name
    public static NameTable of(Map<String, List<InetAddress>> names) {
        var editor = new Editor(EMPTY);
        new TreeMap<>(names).forEach((host, addresses) -> {
            try {
                editor.put(NameEntry.of(host, addresses));
            } catch (TextParseException e) {
                throw new IllegalArgumentException("'" + host + "' is not a domain name: " + e.getMessage(), e);
            }
        });
        return editor.done(PushedTable.EMPTY);
    }

    /// A table without names, from which the first push is read.
    static NameTable empty(MeshDomain domain) {
        return new NameTable(
                domain, PushedTable.EMPTY, NameIndex.EMPTY, NameIndex.EMPTY, NameIndex.EMPTY, NameIndex.EMPTY, 0);
    }

    /// A table without names.
    public static NameTable empty() {
        return EMPTY;
    }

    /// Hosts in this table, wildcards included, short names not.
    public int size() {
        return hosts.size() + wildcards.size();
    }

    /// Hosts and addresses that were left out because they could not be read.
    public int ignored() {
        return ignored;
    }

    /// All names, sorted, with their addresses, short names and other names of hosts included; made anew on
    /// each call, for people to look at.
    public Map<String, List<InetAddress>> asMap() {
        var names = new TreeMap<String, List<InetAddress>>();
        Stream.concat(hosts.entries(), wildcards.entries())
                .forEach(e -> names.putIfAbsent(e.text(), first(e).addresses()));
        aliases.entries().forEach(e -> names.putIfAbsent(e.text(), first(e).addresses()));
        hosts.entries()
                .filter(NameEntry::isService)
                .sorted((a, b) -> java.util.Arrays.compareUnsigned(a.data, b.data))
                .forEach(e -> domain.shortForms(e.text()).forEach(s -> names.putIfAbsent(s, e.addresses())));
        return names;
    }

    /// One name that is answered.
    ///
    /// @param name lower-case, without the dot at its end
    /// @param kind `host`, `short name`, `alias` or `wildcard`
    public record Row(String name, String kind, List<InetAddress> addresses) {
        /// Copies the list.
        public Row {
            addresses = List.copyOf(addresses);
        }
    }

    /// Names that contain a text, sorted, for people to look at; a large table is walked through, not
    /// copied.
    ///
    /// @param part lower-case; empty for all
    /// @param most how many rows, the first in order
    public List<Row> rows(String part, int most) {
        var rows = new TreeMap<String, Row>();
        entries().forEach(e -> addRow(rows, part, most, e.text(), e.isWildcard() ? "wildcard" : "host", e));
        aliases.entries().forEach(e -> addRow(rows, part, most, e.text(), "alias", e));
        hosts.entries()
                .filter(NameEntry::isService)
                .forEach(e -> domain.shortForms(e.text()).forEach(s -> addRow(rows, part, most, s, "short name", e)));
        return List.copyOf(rows.values());
    }

    private void addRow(
            NavigableMap<String, Row> rows, String part, int most, String name, String kind, NameEntry entry) {
        boolean fits = rows.size() < most || name.compareTo(rows.lastKey()) < 0;
        if (name.contains(part) && fits && !rows.containsKey(name)) {
            rows.put(name, new Row(name, kind, first(entry).addresses()));
            if (rows.size() > most) {
                rows.pollLastEntry();
            }
        }
    }

    /// The entry that answers, of several with this one's key.
    private NameEntry first(NameEntry entry) {
        var found = entry.isWildcard()
                ? wildcards.find(entry.data, 0, entry.keyBytes())
                : exact(entry.data, 0, entry.keyBytes());
        return found == null ? entry : found;
    }

    /// This table with the names of another one added; the other one's win.
    NameTable with(NameTable winner) {
        if (winner.size() == 0) {
            return this;
        }
        var editor = new Editor(this);
        winner.entries().forEach(editor::replace);
        return editor.done(pushed);
    }

    /// Hosts and wildcards.
    Stream<NameEntry> entries() {
        return Stream.concat(hosts.entries(), wildcards.entries());
    }

    MeshDomain domain() {
        return domain;
    }

    /// The entry of exactly `name[from, to)`, lower-case labels without the root.
    @Nullable
    NameEntry exact(byte[] name, int from, int to) {
        var host = hosts.find(name, from, to);
        return host != null || aliases.size() == 0 ? host : aliases.find(name, from, to);
    }

    /// The service of exactly this name, when it has short forms.
    @Nullable
    NameEntry service(byte[] name, int to) {
        var host = hosts.find(name, 0, to);
        return host != null && host.isService() ? host : null;
    }

    /// The wildcard right above `name[from, to)`, that is `*.` and these labels.
    @Nullable
    NameEntry wildcard(byte[] name, int from, int to) {
        return wildcards.find(name, from, to);
    }

    boolean hasWildcards() {
        return wildcards.size() > 0;
    }

    /// Hosts with this address, sorted by name; only some of them when it is very many.
    List<NameEntry> hostsWith(byte[] address) {
        return Stream.of(addresses.bucket(NameIndex.hash(address, 0, address.length)))
                .filter(e -> e.hasAddress(address))
                .distinct()
                .toList();
    }

    /// A table that is being changed. Owned by whoever makes it.
    private static final class Editor {
        private final MeshDomain domain;
        private final NameIndex.Editor hosts;
        private final NameIndex.Editor aliases;
        private final NameIndex.Editor wildcards;
        private final NameIndex.Editor addresses;
        private int ignored;

        Editor(NameTable of) {
            domain = of.domain;
            hosts = of.hosts.edit();
            aliases = of.aliases.edit();
            wildcards = of.wildcards.edit();
            addresses = of.addresses.edit();
            ignored = of.ignored;
        }

        void expect(int more) {
            if (more > 0) {
                hosts.expect(more, NameIndex.Hasher.BY_KEY);
                addresses.expect(more, NameIndex.Hasher.BY_ADDRESS);
            }
        }

        void add(CodedInputStream field) throws IOException {
            var host = TableField.read(field, domain);
            host.entry().ifPresent(this::put);
            host.aliases().forEach(this::putAlias);
            ignored += host.ignored();
        }

        void remove(CodedInputStream field) throws IOException {
            var host = TableField.read(field, domain);
            host.entry().ifPresent(this::take);
            host.aliases().forEach(alias -> aliases.remove(keyHash(alias), alias));
            ignored -= host.ignored();
        }

        void put(NameEntry entry) {
            index(entry).expect(1, NameIndex.Hasher.BY_KEY).put(keyHash(entry), entry);
            addresses.expect(entry.addressCount(), NameIndex.Hasher.BY_ADDRESS);
            NameIndex.Hasher.BY_ADDRESS.hashesOf(entry, hash -> putAddress(hash, entry));
        }

        /// An address that a whole mesh shares says nothing, and a bucket of thousands would be copied thousands
        /// of times.
        private void putAddress(int hash, NameEntry entry) {
            if (addresses.bucket(hash).length < MOST_OF_AN_ADDRESS) {
                addresses.put(hash, entry);
            }
        }

        private void putAlias(NameEntry alias) {
            aliases.expect(1, NameIndex.Hasher.BY_KEY).put(keyHash(alias), alias);
        }

        private void take(NameEntry entry) {
            if (index(entry).remove(keyHash(entry), entry)) {
                NameIndex.Hasher.BY_ADDRESS.hashesOf(entry, hash -> addresses.remove(hash, entry));
            }
        }

        /// Puts an entry in the place of all that have its key.
        void replace(NameEntry entry) {
            for (var other : index(entry).bucket(keyHash(entry))) {
                if (other.hasKey(entry.data, 0, entry.keyBytes())) {
                    take(other);
                }
            }
            put(entry);
        }

        NameTable done(PushedTable pushed) {
            return new NameTable(
                    domain, pushed, hosts.done(), aliases.done(), wildcards.done(), addresses.done(), ignored);
        }

        private NameIndex.Editor index(NameEntry entry) {
            return entry.isWildcard() ? wildcards : hosts;
        }

        private static int keyHash(NameEntry entry) {
            return NameIndex.hash(entry.data, 0, entry.keyBytes());
        }
    }
}
