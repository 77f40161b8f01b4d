package dev.outrigger.dns;

import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the DNS proxy does at one moment, for people to look at.
///
/// @param addresses where it listens, with the real ports
/// @param tableReceived whether a table was published
/// @param names names it answers itself
/// @param nameservers where it forwards the rest; empty means that the rest fails
/// @param cached replies that are kept
/// @param lastForwardError why forwarding failed last, or null when it never did
public record DnsStatus(
        List<InetSocketAddress> addresses,
        boolean tableReceived,
        int names,
        List<InetSocketAddress> nameservers,
        int cached,
        @Nullable String lastForwardError) {
    /// Copies the lists.
    public DnsStatus {
        addresses = List.copyOf(addresses);
        nameservers = List.copyOf(nameservers);
    }
}
