package dev.outrigger.stats;

import java.io.IOException;

/// A source cannot be read or makes no sense: it is left out. Says why.
final class SourceException extends IOException {
    SourceException(String message) {
        super(message);
    }

    SourceException(String message, Throwable cause) {
        super(message, cause);
    }
}
