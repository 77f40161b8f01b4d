package dev.outrigger.dev;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;

/// IP addresses as text.
final class Addresses {
    private static final int MOST = 65_535;

    private Addresses() {}

    /// `127.0.0.1:80`, `[::1]:80` or `localhost:80`.
    static Optional<InetSocketAddress> parse(String text) {
        int colon = text.lastIndexOf(':');
        if (colon < 1 || !text.substring(colon + 1).matches("\\d{1,5}")) {
            return Optional.empty();
        }
        int port = Integer.parseInt(text.substring(colon + 1));
        var host = text.substring(0, colon);
        if (host.equals("localhost")) {
            host = "127.0.0.1";
        } else if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        } else if (host.contains(":")) {
            return Optional.empty();
        }
        return port > MOST ? Optional.empty() : literal(host).map(ip -> new InetSocketAddress(ip, port));
    }

    /// The reverse of {@link #parse}.
    static String text(InetSocketAddress address) {
        return text(address.getHostString(), address.getPort());
    }

    static String text(String host, int port) {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }

    /// An address without a name, without asking any resolver.
    static Optional<InetAddress> literal(String text) {
        try {
            return Optional.of(InetAddress.ofLiteral(text));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }
}
