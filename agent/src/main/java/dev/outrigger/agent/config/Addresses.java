package dev.outrigger.agent.config;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;

/// `HOST:PORT`, where the host is a name, an IPv4 address or an IPv6 address in brackets.
public final class Addresses {
    private Addresses() {}

    /// Reads one address; the host is resolved only when it is a literal or `localhost`.
    ///
    /// @param otherwise port of an address that has none; without it the port must be there
    public static Optional<InetSocketAddress> parse(String text, Optional<Integer> otherwise) {
        var colon = text.lastIndexOf(':');
        var bracket = text.lastIndexOf(']');
        var hasPort = colon > bracket && (bracket >= 0 || text.indexOf(':') == colon);
        if (!hasPort && otherwise.isEmpty()) {
            return Optional.empty();
        }
        var host = hasPort ? text.substring(0, colon) : text;
        var port = hasPort ? port(text.substring(colon + 1)) : otherwise;
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        }
        if (host.isEmpty() || !host.matches("[0-9A-Za-z._:%-]+") || port.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(address(host, port.get()));
    }

    private static InetSocketAddress address(String host, int port) {
        try {
            return new InetSocketAddress(InetAddress.ofLiteral(host), port);
        } catch (IllegalArgumentException e) {
            return host.equals("localhost")
                    ? new InetSocketAddress(InetAddress.getLoopbackAddress(), port)
                    : InetSocketAddress.createUnresolved(host, port);
        }
    }

    private static Optional<Integer> port(String text) {
        return text.matches("\\d{1,5}") && Integer.parseInt(text) < 65536
                ? Optional.of(Integer.parseInt(text))
                : Optional.empty();
    }
}
