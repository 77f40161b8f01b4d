package dev.outrigger.h2;

import java.nio.charset.StandardCharsets;
import java.util.List;

/// How a call ended. Source: gRPC status codes, gRPC over HTTP/2.
///
/// @param code 0 to 16
/// @param message for humans, may be empty
public record CallStatus(int code, String message) {
    /// Everything is fine.
    public static final int OK = 0;
    /// The caller gave up.
    public static final int CANCELLED = 1;
    /// The peer did not say why.
    public static final int UNKNOWN = 2;
    /// The request cannot be understood.
    public static final int INVALID_ARGUMENT = 3;
    /// It took too long.
    public static final int DEADLINE_EXCEEDED = 4;
    /// Not allowed.
    public static final int PERMISSION_DENIED = 7;
    /// Too much of something.
    public static final int RESOURCE_EXHAUSTED = 8;
    /// Something else came in between.
    public static final int ABORTED = 10;
    /// There is no such method.
    public static final int UNIMPLEMENTED = 12;
    /// A rule of the protocol was broken.
    public static final int INTERNAL = 13;
    /// The peer is not there, or going away.
    public static final int UNAVAILABLE = 14;
    /// It is not known who asks.
    public static final int UNAUTHENTICATED = 16;

    private static final List<String> NAMES = List.of(
            "OK",
            "CANCELLED",
            "UNKNOWN",
            "INVALID_ARGUMENT",
            "DEADLINE_EXCEEDED",
            "NOT_FOUND",
            "ALREADY_EXISTS",
            "PERMISSION_DENIED",
            "RESOURCE_EXHAUSTED",
            "FAILED_PRECONDITION",
            "ABORTED",
            "OUT_OF_RANGE",
            "UNIMPLEMENTED",
            "INTERNAL",
            "UNAVAILABLE",
            "DATA_LOSS",
            "UNAUTHENTICATED");

    /// The code's name, for example `UNAVAILABLE`.
    public String name() {
        return code >= 0 && code < NAMES.size() ? NAMES.get(code) : "code " + code;
    }

    /// The code's name, and the message where there is one, on one line.
    public String text() {
        return message.isEmpty() ? name() : name() + ": " + message.replaceAll("\\s+", " ");
    }

    /// What stands for an HTTP status in place of a gRPC one. Source: http-grpc-status-mapping.md.
    static CallStatus ofHttp(CharSequence status) {
        int code = switch (status.toString()) {
            case "400" -> INTERNAL;
            case "401" -> UNAUTHENTICATED;
            case "403" -> PERMISSION_DENIED;
            case "404" -> UNIMPLEMENTED;
            case "429", "502", "503", "504" -> UNAVAILABLE;
            default -> UNKNOWN;
        };
        return new CallStatus(code, "HTTP status " + status + " where a gRPC response belongs");
    }

    /// From trailers.
    static CallStatus ofTrailers(CharSequence status, CharSequence message) {
        int code;
        try {
            code = Integer.parseInt(status, 0, status.length(), 10);
        } catch (NumberFormatException _) {
            return new CallStatus(UNKNOWN, "grpc-status is no number: " + status);
        }
        return new CallStatus(code, decoded(message));
    }

    /// As it goes into `grpc-message`: percent-encoded outside printable ASCII.
    String encodedMessage() {
        var text = new StringBuilder(message.length() + 16);
        for (byte b : message.getBytes(StandardCharsets.UTF_8)) {
            if (b >= ' ' && b <= '~' && b != '%') {
                text.append((char) b);
            } else {
                text.append(String.format("%%%02X", b));
            }
        }
        return text.toString();
    }

    private static String decoded(CharSequence message) {
        var bytes = new byte[message.length()];
        int count = 0;
        for (int i = 0; i < message.length(); i++) {
            char c = message.charAt(i);
            int value = c == '%' && i + 2 < message.length() ? hex(message, i + 1) : -1;
            if (value >= 0) {
                i += 2;
            }
            bytes[count++] = (byte) (value >= 0 ? value : c);
        }
        return new String(bytes, 0, count, StandardCharsets.UTF_8);
    }

    private static int hex(CharSequence text, int at) {
        int high = Character.digit(text.charAt(at), 16);
        int low = Character.digit(text.charAt(at + 1), 16);
        return high < 0 || low < 0 ? -1 : high << 4 | low;
    }
}
