package dev.outrigger.sds;

/// An answer of the Workload API that must not be used; the message says why.
final class RefusedSvidException extends Exception {
    private static final long serialVersionUID = 1L;

    RefusedSvidException(String reason) {
        super(reason);
    }

    RefusedSvidException(String reason, Throwable cause) {
        super(reason, cause);
    }
}
