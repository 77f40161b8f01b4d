package dev.outrigger.sds;

import dev.outrigger.sds.IdentityMetrics.Failure;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Signs certificate requests. May block.
interface Authority {
    /// @param request PEM
    /// @param pick any number; decides which address when its name has several, so that a fleet spreads over them
    /// @return PEM texts, each with one or more certificates: the leaf, its intermediates, and last the roots
    List<String> sign(String request, int pick) throws RequestFailedException;

    /// No certificate came; the message says why.
    final class RequestFailedException extends Exception {
        private static final long serialVersionUID = 1L;

        private final Failure failure;
        private final boolean soon;

        /// @param soon whether it may well work in a moment
        RequestFailedException(Failure failure, boolean soon, String reason, @Nullable Throwable cause) {
            super(reason, cause);
            this.failure = failure;
            this.soon = soon;
        }

        Failure failure() {
            return failure;
        }

        boolean soon() {
            return soon;
        }
    }
}
