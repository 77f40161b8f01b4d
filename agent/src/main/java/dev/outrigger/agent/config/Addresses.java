package dev.outrigger.agent.config;

import dev.outrigger.agent.proc.Digits;
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
        if (host.isEmpty() || !isHost(host) || port.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(address(host, port.get()));
    }

    private static boolean isHost(String text) {
        for (var i = 0; i < text.length(); i++) {
            var c = text.charAt(i);
            var isLetter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
            if (!isLetter && !(c >= '0' && c <= '9') && "._:%-".indexOf(c) < 0) {
                return false;
            }
        }
        return true;
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
        var port = Digits.parse(text, 5);
        return port >= 0 && port < 65536 ? Optional.of((int) port) : Optional.empty();
    }
}
