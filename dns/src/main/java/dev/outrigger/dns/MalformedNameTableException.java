package dev.outrigger.dns;

/// A pushed name table could not be read; the message says why and is fit for a NACK.
public final class MalformedNameTableException extends Exception {
    MalformedNameTableException(String message, Throwable cause) {
        super(message, cause);
    }
}
