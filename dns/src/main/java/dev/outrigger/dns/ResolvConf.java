package dev.outrigger.dns;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/// The two things we use of `resolv.conf(5)`.
///
/// @param nameservers in the file's order, port 53
/// @param searchDomain the first one, or the empty string
record ResolvConf(List<InetSocketAddress> nameservers, String searchDomain) {
    static final ResolvConf EMPTY = new ResolvConf(List.of(), "");

    ResolvConf {
        nameservers = List.copyOf(nameservers);
    }

    /// Lines that are not understood are skipped, as the C library does; the last `search` or `domain` wins.
    static ResolvConf parse(List<String> lines) {
        var nameservers = new ArrayList<InetSocketAddress>();
        var searchDomain = "";
        for (var line : lines) {
            var words = line.strip().split("\\s+", -1);
            if (words.length < 2) {
                continue;
            }
            switch (words[0]) {
                case "nameserver" -> addNameserver(nameservers, words[1]);
                case "search", "domain" -> searchDomain = words[1];
                default -> {}
            }
        }
        return new ResolvConf(nameservers, searchDomain);
    }

    private static void addNameserver(List<InetSocketAddress> nameservers, String literal) {
        try {
            nameservers.add(new InetSocketAddress(InetAddress.ofLiteral(literal), 53));
        } catch (IllegalArgumentException _) {
            // Not an address: the C library skips such a line too.
        }
    }
}
