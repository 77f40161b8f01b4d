package dev.outrigger.agent.http;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;

/// An HTTP server on this machine: the agent's status server, or Envoy's admin interface. Every call has a limit, and
/// a connection of its own. Any thread may call.
///
/// Not by the JDK's clients: Envoy is asked while it boots, and the smaller of them takes 11 ms of CPU to ask the first
/// time.
public final class LocalHttp {
    private static final String QUOTED = "\"<>\\^`{|}[]";
    private static final int ANSWER_BYTES = 64 << 20;

    private final InetSocketAddress address;
    private final Duration timeout;

    /// @param address where it listens; the wildcard address means loopback
    /// @param timeout limit of connecting and of each read
    public LocalHttp(InetSocketAddress address, Duration timeout) {
        this.address = address;
        this.timeout = timeout;
    }

    /// The answer.
    ///
    /// @param status HTTP status
    /// @param body text, at most 64 MiB of it
    public record Answer(int status, String body) {}

    /// Asks.
    ///
    /// @param method GET or POST
    /// @param path with a leading slash, query included
    public Answer ask(String method, String path) throws IOException {
        return ask(method, path, "*/*");
    }

    /// Asks for a certain form of the answer.
    ///
    /// @param accept value of the Accept header
    public Answer ask(String method, String path, String accept) throws IOException {
        var reachable = reachable(address);
        var request = method + " " + quoted(path) + " HTTP/1.1\r\nHost: " + authority(address) + "\r\nAccept: " + accept
                + (method.equals("POST") ? "\r\nContent-Length: 0" : "") + "\r\nConnection: close\r\n\r\n";
        try (var socket = new Socket()) {
            socket.connect(
                    reachable.isUnresolved()
                            ? new InetSocketAddress(reachable.getHostString(), reachable.getPort())
                            : reachable,
                    (int) timeout.toMillis());
            socket.setSoTimeout((int) timeout.toMillis());
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            return new AnswerReader(new BufferedInputStream(socket.getInputStream()), ANSWER_BYTES).read();
        }
    }

    /// What may not stand in a URL as it is, percent-encoded; a regular expression in a query, for example.
    static String quoted(String path) {
        var quoted = new StringBuilder();
        for (var b : path.getBytes(StandardCharsets.UTF_8)) {
            var c = (char) (b & 0xff);
            if (c <= ' ' || c >= 0x7f || QUOTED.indexOf(c) >= 0) {
                quoted.append('%').append(HexFormat.of().withUpperCase().toHexDigits(b));
            } else {
                quoted.append(c);
            }
        }
        return quoted.toString();
    }

    /// `host:port` for a URL; loopback for the wildcard address.
    public static String authority(InetSocketAddress address) {
        var ip = reachable(address).getAddress();
        var host = ip == null ? address.getHostString() : ip.getHostAddress();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    /// `host:port` as it was given, for messages.
    public static String text(InetSocketAddress address) {
        var host = address.getHostString();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    /// How this machine reaches an address that something is bound to.
    public static InetSocketAddress reachable(InetSocketAddress bound) {
        var ip = bound.getAddress();
        return ip != null && ip.isAnyLocalAddress()
                ? new InetSocketAddress(InetAddress.getLoopbackAddress(), bound.getPort())
                : bound;
    }
}
