package dev.outrigger.agent.status;

import java.util.Map;
import java.util.concurrent.CompletionStage;

/// What the loopback-only paths show and do. Called on the exchange's own thread; may be called by several at
/// once.
public interface Pages {
    /// Everything the agent knows of itself.
    Page status();

    /// The identity that is served; 503 when there is none or it is expired.
    ///
    /// @param query parameters by name
    /// @return 400 for a parameter that makes no sense
    Page certs(Map<String, String> query);

    /// What went over the xDS relay and what its clients hold.
    ///
    /// @param query parameters by name
    /// @return 400 for a parameter that makes no sense, 404 for a resource of which nothing is known
    Page xds(Map<String, String> query);

    /// What the DNS proxy answers, and why. May wait as long as a lookup takes.
    ///
    /// @param query parameters by name
    /// @return 400 for a parameter that makes no sense, 404 for a name that nobody knows or without a proxy
    Page dns(Map<String, String> query);

    /// The log levels of agent and Envoy.
    ///
    /// @param method GET shows them, POST changes them as the query says
    /// @param query parameters by name
    /// @return 400 for a parameter that makes no sense
    Page log(String method, Map<String, String> query);

    /// Asks the identity source for a new certificate.
    ///
    /// @return done with a line for a human when it is being served; failed with the reason when not
    CompletionStage<String> rotate();

    /// Starts the drain; what is outbound goes on, and so does the agent.
    ///
    /// @param by what asks, for the log
    /// @return done with how it ended
    CompletionStage<String> drain(String by);

    /// Starts the drain, and the end of the agent after it.
    void quit();
}
