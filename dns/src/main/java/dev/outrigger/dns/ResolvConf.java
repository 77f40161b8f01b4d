package dev.outrigger.dns;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The two things we use of `resolv.conf(5)`. Its options are the client's.
///
/// @param nameservers in the file's order, port 53
/// @param searchDomains in the file's order
record ResolvConf(List<InetSocketAddress> nameservers, List<String> searchDomains) {
    static final ResolvConf EMPTY = new ResolvConf(List.of(), List.of());

    ResolvConf {
        nameservers = List.copyOf(nameservers);
        searchDomains = List.copyOf(searchDomains);
    }

    /// Lines that are not understood are skipped, as the C library does; the last `search` or `domain`
    /// wins.
    static ResolvConf parse(List<String> lines) {
        var nameservers = new ArrayList<InetSocketAddress>();
        List<String> searchDomains = List.of();
        for (var line : lines) {
            var words = line.strip().split("\\s+", -1);
            if (words.length < 2) {
                continue;
            }
            switch (words[0]) {
                case "nameserver" -> addNameserver(nameservers, words[1]);
                case "search" -> searchDomains = Arrays.asList(words).subList(1, words.length);
                case "domain" -> searchDomains = List.of(words[1]);
                default -> {}
            }
        }
        return new ResolvConf(nameservers, searchDomains);
    }

    private static void addNameserver(List<InetSocketAddress> nameservers, String literal) {
        try {
            nameservers.add(new InetSocketAddress(InetAddress.ofLiteral(literal), Nameservers.PORT));
        } catch (IllegalArgumentException _) {
            // Not an address: the C library skips such a line too.
        }
    }
}
