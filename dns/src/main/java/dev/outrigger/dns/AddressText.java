package dev.outrigger.dns;

import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.stream.Collectors;

/// Addresses for log records.
final class AddressText {
    private AddressText() {}

    /// `127.0.0.1:53, [::1]:53`.
    static String of(Collection<InetSocketAddress> addresses) {
        return addresses.stream().map(AddressText::of).collect(Collectors.joining(", "));
    }

    private static String of(InetSocketAddress address) {
        var ip = address.getAddress();
        var host = ip == null ? address.getHostString() : ip.getHostAddress();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }
}
