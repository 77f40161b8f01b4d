package dev.outrigger.dns;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// What the DNS proxy needs to know.
///
/// @param addresses where to listen, UDP and TCP on each; port 0 takes a free port, the same for both
/// @param resolvConf file with the nameservers to forward to and the search domain; read again when it
///     changes
/// @param nameservers forwards to these instead, when not empty
/// @param domain where this workload stands; decides what fails while the first table is awaited
/// @param ttl how long clients may keep an answer from the table; whole seconds count
/// @param attemptTimeout how long one nameserver may take for one question
/// @param staticNames names that are answered with or without a table, and beat it
/// @param tableExpected a control plane will push a table: until then, names of the mesh domain fail
public record DnsConfig(
        List<InetSocketAddress> addresses,
        Path resolvConf,
        List<InetSocketAddress> nameservers,
        MeshDomain domain,
        Duration ttl,
        Duration attemptTimeout,
        Map<String, List<InetAddress>> staticNames,
        boolean tableExpected) {
    /// Copies the collections.
    ///
    /// @throws IllegalArgumentException when there is no address, one is not an IP address, or a duration
    ///     makes no sense
    public DnsConfig {
        addresses = List.copyOf(addresses);
        nameservers = List.copyOf(nameservers);
        staticNames = Map.copyOf(staticNames);
        if (addresses.isEmpty()) {
            throw new IllegalArgumentException("no DNS address to listen on; give one, for example 127.0.0.1:15053");
        }
        for (var address :
                Stream.concat(addresses.stream(), nameservers.stream()).toList()) {
            if (address.isUnresolved()) {
                throw new IllegalArgumentException("DNS address " + address + " is no IP address; write one");
            }
        }
        if (ttl.isNegative() || ttl.compareTo(Duration.ofDays(7)) > 0) {
            throw new IllegalArgumentException("DNS TTL " + ttl + " is not between 0s and 7 days");
        }
        if (!attemptTimeout.isPositive()) {
            throw new IllegalArgumentException("DNS attempt timeout " + attemptTimeout + " is not above 0s");
        }
    }
}
