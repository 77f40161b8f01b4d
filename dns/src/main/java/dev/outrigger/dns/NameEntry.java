package dev.outrigger.dns;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.xbill.DNS.Name;
import org.xbill.DNS.TextParseException;

/// A name and its addresses as the bytes that go on the wire. Immutable; the arrays are never written after
/// construction.
final class NameEntry {
    /// Lower-case labels in wire form without the root; for a wildcard without its `*` label.
    final byte[] key;

    final boolean wildcard;
    final byte[][] ipv4;
    final byte[][] ipv6;
    private final List<InetAddress> addresses;
    private final String text;

    private NameEntry(byte[] labels, String text, List<InetAddress> addresses) {
        this.wildcard = labels.length > 2 && labels[0] == 1 && labels[1] == '*';
        this.key = wildcard ? Arrays.copyOfRange(labels, 2, labels.length) : labels;
        this.text = text;
        this.addresses = List.copyOf(addresses);
        this.ipv4 = bytes(addresses, true);
        this.ipv6 = bytes(addresses, false);
    }

    /// An entry for a host, with or without the dot at its end.
    ///
    /// @throws TextParseException when it is no domain name (a label over 63 bytes, 255 in all, an empty
    ///     label)
    static NameEntry of(String host, List<InetAddress> addresses) throws TextParseException {
        var name = Name.fromString(host, Name.root).canonicalize();
        return new NameEntry(labels(name), name.toString(true), addresses);
    }

    /// The labels of a name in wire form, lower-case and without the root; empty for the root.
    static byte[] labels(Name name) {
        var wire = name.toWireCanonical();
        return Arrays.copyOf(wire, wire.length - 1);
    }

    /// The name as text, lower-case and without the dot at the end.
    String text() {
        return text;
    }

    List<InetAddress> addresses() {
        return addresses;
    }

    private static byte[][] bytes(List<InetAddress> addresses, boolean ipv4) {
        Stream<InetAddress> ofFamily = addresses.stream().filter(a -> a instanceof Inet4Address == ipv4);
        return ofFamily.map(InetAddress::getAddress).toArray(byte[][]::new);
    }
}
