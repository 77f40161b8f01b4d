package dev.outrigger.agent.status;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/// An answer that is whole before its first byte is sent.
///
/// @param headers further ones
record Reply(int status, String type, String body, Map<String, String> headers) {
    private static final Map<Integer, String> REASONS = Map.ofEntries(
            Map.entry(200, "OK"),
            Map.entry(400, "Bad Request"),
            Map.entry(403, "Forbidden"),
            Map.entry(404, "Not Found"),
            Map.entry(405, "Method Not Allowed"),
            Map.entry(408, "Request Timeout"),
            Map.entry(431, "Request Header Fields Too Large"),
            Map.entry(500, "Internal Server Error"),
            Map.entry(502, "Bad Gateway"),
            Map.entry(503, "Service Unavailable"),
            Map.entry(504, "Gateway Timeout"));

    Reply {
        headers = Map.copyOf(headers);
    }

    static Reply text(int status, String body) {
        return new Reply(status, "text/plain; charset=utf-8", body, Map.of());
    }

    static Reply json(int status, String body) {
        return new Reply(status, "application/json; charset=utf-8", body, Map.of());
    }

    /// As on the wire.
    ///
    /// @param isHead whether the body is only counted
    ByteBuffer bytes(boolean isHead, boolean keepAlive) {
        var content = body.getBytes(StandardCharsets.UTF_8);
        var head = new StringBuilder(head(status))
                .append("Content-Type: ")
                .append(type)
                .append("\r\nContent-Length: ")
                .append(content.length)
                .append("\r\n");
        headers.forEach(
                (name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
        head.append(keepAlive ? "\r\n" : "Connection: close\r\n\r\n");
        var start = head.toString().getBytes(StandardCharsets.UTF_8);
        var all = ByteBuffer.allocate(start.length + (isHead ? 0 : content.length))
                .put(start);
        return (isHead ? all : all.put(content)).flip();
    }

    static String head(int status) {
        return "HTTP/1.1 " + status + " " + REASONS.getOrDefault(status, "Status") + "\r\n";
    }
}
