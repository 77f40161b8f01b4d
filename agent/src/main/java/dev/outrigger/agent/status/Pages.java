package dev.outrigger.agent.status;

import java.util.concurrent.CompletionStage;

/// What the loopback-only paths show and do. Called on the exchange's own thread; may be called by several at once.
public interface Pages {
    /// Everything the agent knows of itself.
    Page status();

    /// The identity that is served; 503 when there is none or it is expired.
    Page certs();

    /// Asks the identity source for a new certificate.
    ///
    /// @return done with a line for a human when it is being served; failed with the reason when not
    CompletionStage<String> rotate();

    /// Starts the drain, and the end of the agent after it.
    void quit();
}
