package dev.outrigger.dns;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.xbill.DNS.Name;
import org.xbill.DNS.TextParseException;

/// A name and its addresses, all in one array as the bytes that go on the wire: the key, then IPv4
/// addresses, then IPv6 addresses. Immutable. A large table has as many of these as names, so it is kept
/// small: 96 bytes for a name of 40 bytes with one IPv4 address.
final class NameEntry {
    private static final int IPV4_BYTES = 4;
    private static final int IPV6_BYTES = 16;
    private static final int MAX_ADDRESSES = 0xFFFF;

    /// What is written is `data`; never written to after construction.
    final byte[] data;

    private final char keyBytes;
    private final char ipv4Count;
    private final char ipv6Count;
    private final boolean wildcard;
    private final boolean service;

    private NameEntry(byte[] key, boolean wildcard, boolean service, List<InetAddress> addresses) {
        var ipv4 = addresses.stream().filter(a -> a instanceof Inet4Address).toList();
        var ipv6 = addresses.stream().filter(a -> !(a instanceof Inet4Address)).toList();
        this.wildcard = wildcard;
        this.service = service;
        this.keyBytes = (char) key.length;
        this.ipv4Count = (char) Math.min(MAX_ADDRESSES, ipv4.size());
        this.ipv6Count = (char) Math.min(MAX_ADDRESSES, ipv6.size());
        this.data = Arrays.copyOf(key, key.length + ipv4Count * IPV4_BYTES + ipv6Count * IPV6_BYTES);
        for (int i = 0; i < ipv4Count; i++) {
            System.arraycopy(ipv4.get(i).getAddress(), 0, data, ipv4At(i), IPV4_BYTES);
        }
        for (int i = 0; i < ipv6Count; i++) {
            System.arraycopy(ipv6.get(i).getAddress(), 0, data, ipv6At(i), IPV6_BYTES);
        }
    }

    /// An entry for a host, with or without the dot at its end. One that starts with `*.` is a wildcard.
    ///
    /// @throws TextParseException when it is no domain name (a label over 63 bytes, 255 in all, an empty
    ///     label)
    static NameEntry of(String host, List<InetAddress> addresses) throws TextParseException {
        return of(labels(host), false, addresses);
    }

    /// @param labels lower-case, in wire form, without the root
    /// @param service it is `service.namespace.svc.domain` of the own mesh, and answers to its short forms
    ///     too
    static NameEntry of(byte[] labels, boolean service, List<InetAddress> addresses) {
        boolean wildcard = labels.length > 2 && labels[0] == 1 && labels[1] == '*';
        return wildcard
                ? new NameEntry(Arrays.copyOfRange(labels, 2, labels.length), true, false, addresses)
                : new NameEntry(labels, false, service, addresses);
    }

    /// The labels of a name in wire form, lower-case and without the root; empty for the root.
    ///
    /// @throws TextParseException when it is no domain name
    static byte[] labels(String host) throws TextParseException {
        var plain = plainLabels(host);
        return plain != null ? plain : labels(Name.fromString(host, Name.root));
    }

    static byte[] labels(Name name) {
        var wire = name.toWireCanonical();
        return Arrays.copyOf(wire, wire.length - 1);
    }

    /// Lower-case labels in wire form without the root, as a name with a dot at its end.
    static Name name(byte[] labels, int from, int to) {
        try {
            var wire = Arrays.copyOfRange(labels, from, to + 1);
            wire[to - from] = 0;
            return new Name(wire);
        } catch (java.io.IOException e) {
            throw new IllegalStateException("labels that are no name: " + Arrays.toString(labels), e);
        }
    }

    boolean isWildcard() {
        return wildcard;
    }

    boolean isService() {
        return service;
    }

    /// Whether the key is `name[from, to)`.
    boolean hasKey(byte[] name, int from, int to) {
        return to - from == keyBytes && Arrays.equals(data, 0, keyBytes, name, from, to);
    }

    /// Bytes of the key at the start of {@link #data}: lower-case labels in wire form without the root; for
    /// a wildcard without its `*` label.
    int keyBytes() {
        return keyBytes;
    }

    /// Whether all is the same: key, kind and addresses.
    boolean isSame(NameEntry other) {
        return wildcard == other.wildcard
                && service == other.service
                && keyBytes == other.keyBytes
                && ipv4Count == other.ipv4Count
                && Arrays.equals(data, other.data);
    }

    /// The name as it is asked for, `*.` included.
    Name name() {
        var name = name(Arrays.copyOf(data, keyBytes + 1), 0, keyBytes);
        try {
            return wildcard ? Name.concatenate(Name.fromConstantString("*"), name) : name;
        } catch (org.xbill.DNS.NameTooLongException e) {
            throw new IllegalStateException("a wildcard that was read is too long now: " + name, e);
        }
    }

    /// The name as text, lower-case and without the dot at the end.
    String text() {
        return name().toString(true);
    }

    int ipv4Count() {
        return ipv4Count;
    }

    int ipv6Count() {
        return ipv6Count;
    }

    /// Addresses of either family.
    int addressCount() {
        return ipv4Count + ipv6Count;
    }

    /// Where an address is in {@link #data}, IPv4 first.
    int addressAt(int index) {
        return index < ipv4Count ? ipv4At(index) : ipv6At(index - ipv4Count);
    }

    int addressBytes(int index) {
        return index < ipv4Count ? IPV4_BYTES : IPV6_BYTES;
    }

    int ipv4At(int index) {
        return keyBytes + index * IPV4_BYTES;
    }

    int ipv6At(int index) {
        return keyBytes + ipv4Count * IPV4_BYTES + index * IPV6_BYTES;
    }

    boolean hasAddress(byte[] address) {
        for (int i = 0; i < addressCount(); i++) {
            int at = addressAt(i);
            if (Arrays.equals(data, at, at + addressBytes(i), address, 0, address.length)) {
                return true;
            }
        }
        return false;
    }

    List<InetAddress> addresses() {
        var addresses = new ArrayList<InetAddress>();
        for (int i = 0; i < addressCount(); i++) {
            int at = addressAt(i);
            try {
                addresses.add(InetAddress.getByAddress(Arrays.copyOfRange(data, at, at + addressBytes(i))));
            } catch (UnknownHostException e) {
                throw new IllegalStateException("an address of a wrong length", e);
            }
        }
        return addresses;
    }

    /// The labels of a name of letters, digits, `-`, `_` and `*`, which almost all are, without the detour
    /// over a parser that knows escapes; null for others.
    private static byte @org.jspecify.annotations.Nullable [] plainLabels(String host) {
        int length = host.endsWith(".") ? host.length() - 1 : host.length();
        if (length == 0 || length + 2 > Wire.MAX_NAME_BYTES) {
            return null;
        }
        var labels = new byte[length + 1];
        int start = 0;
        for (int i = 0; i <= length; i++) {
            char letter = i == length ? '.' : host.charAt(i);
            if (letter == '.') {
                int bytes = i - start;
                if (bytes == 0 || bytes > 63) {
                    return null;
                }
                labels[start] = (byte) bytes;
                start = i + 1;
            } else if (isPlain(letter)) {
                labels[i + 1] = Wire.lower((byte) letter);
            } else {
                return null;
            }
        }
        return labels;
    }

    private static boolean isPlain(char letter) {
        return (letter >= 'a' && letter <= 'z')
                || (letter >= '0' && letter <= '9')
                || (letter >= 'A' && letter <= 'Z')
                || letter == '-'
                || letter == '_'
                || letter == '*';
    }
}
