package dev.outrigger.h2;

import java.io.IOException;

/// The peer broke a rule of HTTP/2; the connection cannot go on.
final class H2Exception extends IOException {
    static final int NO_ERROR = 0;
    static final int PROTOCOL_ERROR = 1;
    static final int INTERNAL_ERROR = 2;
    static final int FLOW_CONTROL_ERROR = 3;
    static final int STREAM_CLOSED = 5;
    static final int FRAME_SIZE_ERROR = 6;
    static final int REFUSED_STREAM = 7;
    static final int CANCEL = 8;
    static final int COMPRESSION_ERROR = 9;
    static final int ENHANCE_YOUR_CALM = 11;

    private static final long serialVersionUID = 1;
    private static final String[] NAMES = {
        "NO_ERROR",
        "PROTOCOL_ERROR",
        "INTERNAL_ERROR",
        "FLOW_CONTROL_ERROR",
        "SETTINGS_TIMEOUT",
        "STREAM_CLOSED",
        "FRAME_SIZE_ERROR",
        "REFUSED_STREAM",
        "CANCEL",
        "COMPRESSION_ERROR",
        "CONNECT_ERROR",
        "ENHANCE_YOUR_CALM",
        "INADEQUATE_SECURITY",
        "HTTP_1_1_REQUIRED"
    };

    private final int code;

    H2Exception(int code, String message) {
        super(message);
        this.code = code;
    }

    int code() {
        return code;
    }

    /// RFC 9113, section 7.
    static String name(int code) {
        return code >= 0 && code < NAMES.length ? NAMES[code] : "error " + code;
    }

    /// What a reset stream means to a call. Source: gRPC over HTTP/2.
    static CallStatus reset(int code) {
        int status = switch (code) {
            case REFUSED_STREAM -> CallStatus.UNAVAILABLE;
            case CANCEL -> CallStatus.CANCELLED;
            case ENHANCE_YOUR_CALM -> CallStatus.RESOURCE_EXHAUSTED;
            default -> CallStatus.INTERNAL;
        };
        return new CallStatus(status, "the peer reset the stream: " + name(code));
    }
}
