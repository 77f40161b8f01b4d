package dev.outrigger.dns;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// What the DNS proxy needs to know.
///
/// @param listening where and how it is asked
/// @param forwarding what becomes of names that are not its own
/// @param domain where this workload stands; decides which short names there are, and which names wait or
///     fail while the first table is awaited
/// @param ttl how long clients may keep an answer from the table; whole seconds count
/// @param staticNames names that are answered with or without a table, and beat it
/// @param tableExpected a control plane will push a table
/// @param waitsForTable until then, queries for names that only the mesh can know (below its domain, and
///     `service.namespace.svc`) wait, as long as an attempt to forward may take; otherwise they fail at once
/// @param logEvery one of so many queries is logged; 0 for none
public record DnsConfig(
        Listening listening,
        Forwarding forwarding,
        MeshDomain domain,
        Duration ttl,
        Map<String, List<InetAddress>> staticNames,
        boolean tableExpected,
        boolean waitsForTable,
        int logEvery) {
    /// Copies the collections.
    ///
    /// @throws IllegalArgumentException when a TTL makes no sense, or a static name is no domain name or
    ///     has no address
    public DnsConfig {
        staticNames = Map.copyOf(staticNames);
        if (ttl.isNegative() || ttl.compareTo(Duration.ofDays(7)) > 0) {
            throw new IllegalArgumentException("DNS TTL " + ttl + " is not between 0s and 7 days");
        }
        var _ = NameTable.of(staticNames);
    }

    /// Where and how it is asked.
    ///
    /// @param addresses UDP and TCP on each; port 0 takes a free port, the same for both
    /// @param udpSockets how many share each address; 0: one for each event loop where there are four
    ///     processors or more, else one
    /// @param maxConnections TCP clients at once; the one that was silent longest makes room for a further
    ///     one
    /// @param idleTimeout how long a TCP client may be silent
    public record Listening(
            List<InetSocketAddress> addresses, int udpSockets, int maxConnections, Duration idleTimeout) {
        /// Copies the list.
        ///
        /// @throws IllegalArgumentException when there is no address, or one is not an IP address, or a
        ///     limit makes no sense
        public Listening {
            addresses = List.copyOf(addresses);
            if (addresses.isEmpty()) {
                throw new IllegalArgumentException(
                        "no DNS address to listen on; give one, for example 127.0.0.1:15053");
            }
            requireResolved(addresses);
            if (maxConnections < 1) {
                throw new IllegalArgumentException("DNS connections " + maxConnections + " is not above 0");
            }
            if (!idleTimeout.isPositive()) {
                throw new IllegalArgumentException("DNS idle timeout " + idleTimeout + " is not above 0s");
            }
        }
    }

    /// What becomes of names that are not its own.
    ///
    /// @param resolvConf file with the nameservers to forward to and the search domains; read again when it
    ///     changes
    /// @param nameservers forwards to these instead, when not empty
    /// @param attemptTimeout how long one nameserver may take for one question
    /// @param cacheEntries replies that are kept; 0 for none
    /// @param maxStale how long a reply is given after its time while no nameserver answers; zero for never
    /// @param randomCase whether letters of questions are sent in random case, and must come back so
    /// @param tls whether nameservers are asked over TLS
    public record Forwarding(
            Path resolvConf,
            List<InetSocketAddress> nameservers,
            Duration attemptTimeout,
            int cacheEntries,
            Duration maxStale,
            boolean randomCase,
            DnsTlsConfig tls) {
        /// Copies the list.
        ///
        /// @throws IllegalArgumentException when a nameserver is not an IP address, or a duration makes no
        ///     sense
        public Forwarding {
            nameservers = List.copyOf(nameservers);
            requireResolved(nameservers);
            if (!attemptTimeout.isPositive()) {
                throw new IllegalArgumentException("DNS attempt timeout " + attemptTimeout + " is not above 0s");
            }
        }
    }

    private static void requireResolved(List<InetSocketAddress> addresses) {
        for (var address : addresses) {
            if (address.isUnresolved()) {
                throw new IllegalArgumentException("DNS address " + address + " is no IP address; write one");
            }
        }
    }
}
