package dev.outrigger.bootstrap;

import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;

/// Checks of what goes into a bootstrap, and its form in protobuf's JSON.
final class Values {
    /// `sun_path` has 108 bytes, the last of which is zero (unix(7)).
    private static final int SOCKET_PATH_BYTES = 107;

    private Values() {}

    /// @throws IllegalArgumentException when another process, with another working directory, would not find it
    static void requireAbsolute(String what, Path path) {
        if (!path.isAbsolute()) {
            throw new IllegalArgumentException(what + " " + path
                    + " is relative, and whoever reads the bootstrap may run elsewhere; make it absolute");
        }
    }

    /// @throws IllegalArgumentException when the kernel would refuse it
    static void requireSocket(String what, Path path) {
        requireAbsolute(what, path);
        int bytes = path.toString().getBytes(StandardCharsets.UTF_8).length;
        if (bytes > SOCKET_PATH_BYTES) {
            throw new IllegalArgumentException(what + " " + path + " has " + bytes
                    + " bytes, and a Unix socket's path at most " + SOCKET_PATH_BYTES + "; choose a shorter one");
        }
    }

    /// @throws IllegalArgumentException for a name, or for no port
    static void requireAddress(String what, InetSocketAddress address) {
        if (address.isUnresolved()) {
            throw new IllegalArgumentException(what + " address " + address.getHostString() + ":" + address.getPort()
                    + " has a name, and Envoy does not look names up here; write an IP address, for example 127.0.0.1:"
                    + address.getPort());
        }
        if (address.getPort() == 0) {
            throw new IllegalArgumentException(
                    what + " address " + address.getAddress().getHostAddress()
                            + " has port 0, which others could not find; write a port from 1 to 65535");
        }
    }

    /// A duration such as `5s` or `0.250s`.
    static String seconds(Duration duration) {
        if (duration.toNanosPart() == 0) {
            return duration.toSeconds() + "s";
        }
        var fraction = "%09d".formatted(duration.toNanosPart()).replaceFirst("(000)+$", "");
        return duration.toSeconds() + "." + fraction + "s";
    }

    /// An `Address` to listen on. The IPv6 wildcard takes IPv4 too, as it does elsewhere.
    static Json listenAddress(InetSocketAddress address) {
        var socket = Json.object()
                .put("address", address.getAddress().getHostAddress())
                .put("port_value", address.getPort());
        if (isWildcard(address) && address.getAddress() instanceof Inet6Address) {
            socket.put("ipv4_compat", true);
        }
        return Json.object().put("socket_address", socket);
    }

    /// An `Address` to connect to. A wildcard address is reached through loopback.
    static Json connectAddress(InetSocketAddress address) {
        var host = address.getAddress().getHostAddress();
        if (isWildcard(address)) {
            host = address.getAddress() instanceof Inet6Address ? "::1" : "127.0.0.1";
        }
        return Json.object()
                .put("socket_address", Json.object().put("address", host).put("port_value", address.getPort()));
    }

    private static boolean isWildcard(InetSocketAddress address) {
        return address.getAddress().isAnyLocalAddress();
    }
}
