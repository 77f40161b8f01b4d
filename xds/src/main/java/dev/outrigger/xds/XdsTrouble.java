package dev.outrigger.xds;

import java.time.Instant;

/// Something on one client's stream that has gone on for too long.
///
/// @param stream of the client; 0 when it is not known
/// @param typeUrl concerned
/// @param kind of trouble
/// @param since when it began
/// @param reason what is wrong and what to do
public record XdsTrouble(long stream, String typeUrl, Kind kind, Instant since, String reason) {
    /// What may be wrong.
    public enum Kind {
        /// The control plane does not answer a subscription.
        SILENCE,
        /// The client refuses one push after the other.
        NACK_LOOP,
        /// The client does not answer a push.
        UNANSWERED_PUSH,
        /// The client accepted resources and does not use them yet, as they wait for others.
        WARMING
    }
}
