package dev.outrigger.agent.envoy;

import dev.outrigger.agent.http.LocalHttp;
import dev.outrigger.health.Condition;
import java.io.IOException;

/// Follows whether one Envoy serves. Owned by the supervisor's thread.
final class EnvoyReadiness {
    private static final int TOLERATED_FAILURES = 3;

    private final LocalHttp admin;
    private final Condition condition;
    private boolean ready;
    private int failures;

    EnvoyReadiness(LocalHttp admin, Condition condition) {
        this.admin = admin;
        this.condition = condition;
        condition.unmet("Envoy is starting");
    }

    boolean isReady() {
        return ready;
    }

    /// Asks Envoy.
    ///
    /// @return whether it has just become ready for the first time
    boolean look() {
        try {
            var answer = admin.ask("GET", "/ready");
            failures = 0;
            if (answer.status() == 200) {
                condition.met("Envoy is live");
                var first = !ready;
                ready = true;
                return first;
            }
            condition.unmet("Envoy is " + answer.body().strip() + explain(answer.body()));
        } catch (IOException e) {
            if (!ready) {
                condition.unmet("Envoy's admin interface does not answer yet");
            } else if (++failures >= TOLERATED_FAILURES) {
                condition.unmet("Envoy's admin interface does not answer: " + e.getMessage());
            }
        }
        return false;
    }

    private static String explain(String state) {
        return switch (state.strip()) {
            case "PRE_INITIALIZING" -> ": it waits for its first clusters, or for endpoints or certificates they need";
            case "INITIALIZING" ->
                ": it waits for its first listeners, or for endpoints, routes or certificates they need";
            default -> "";
        };
    }
}
