package dev.outrigger.xds;

import io.grpc.Status;

/// Words for what went wrong on the wire.
final class XdsErrors {
    private XdsErrors() {}

    /// Code, description and the innermost cause, on one line: the handshake's reason hides in the cause.
    static String text(Status status) {
        var text = new StringBuilder(status.getCode().name());
        if (status.getDescription() != null) {
            text.append(": ").append(status.getDescription());
        }
        var cause = status.getCause();
        while (cause != null && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause != null && cause.getMessage() != null && text.indexOf(cause.getMessage()) < 0) {
            text.append(" (").append(cause.getMessage()).append(')');
        }
        return text.toString().replaceAll("\\s+", " ");
    }
}
