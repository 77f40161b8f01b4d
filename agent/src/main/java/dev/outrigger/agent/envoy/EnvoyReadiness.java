package dev.outrigger.agent.envoy;

import dev.outrigger.agent.http.LocalHttp;
import dev.outrigger.health.Condition;
import dev.outrigger.health.WaitingPace;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Follows whether one Envoy serves. Owned by the supervisor's thread.
final class EnvoyReadiness {
    /// No Envoy serves earlier.
    private static final long SOONEST_MILLIS = 40;
    private static final int TOLERATED_FAILURES = 3;
    private static final int LOOKS_A_DUMP = 30;
    private static final int MOST_NAMES = 5;
    private static final Pattern TARGETS = Pattern.compile("\"target_names\":\\s*\\[([^\\]]*)]");
    private static final Pattern NAME = Pattern.compile("\"([^\"]+)\"");

    private final LocalHttp admin;
    private final Condition condition;
    private boolean ready;
    private int failures;
    private int looks;
    private String waitsFor = "";

    EnvoyReadiness(LocalHttp admin, Condition condition) {
        this.admin = admin;
        this.condition = condition;
        condition.unmet("Envoy is starting");
    }

    boolean isReady() {
        return ready;
    }

    /// How long to wait for the next look at an Envoy that is not ready.
    ///
    /// @param since its start; negative when the clock was set back
    static Duration pause(Duration since) {
        long millis = Math.max(0, since.toMillis());
        return millis < SOONEST_MILLIS ? Duration.ofMillis(SOONEST_MILLIS - millis) : WaitingPace.pause(since);
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
            condition.unmet("Envoy is " + answer.body().strip() + explain(answer.body()) + unready());
        } catch (IOException e) {
            if (!ready) {
                condition.unmet("Envoy's admin interface does not answer yet");
            } else if (++failures >= TOLERATED_FAILURES) {
                condition.unmet("Envoy's admin interface does not answer: " + e.getMessage());
            }
        }
        return false;
    }

    /// What Envoy itself says it waits for; asked now and then, as a start takes many looks.
    private String unready() {
        if (looks++ % LOOKS_A_DUMP == LOOKS_A_DUMP - 1) {
            try {
                waitsFor = targets(admin.ask("GET", "/init_dump").body());
            } catch (IOException e) {
                waitsFor = "";
            }
        }
        return waitsFor.isEmpty() ? "" : "; not ready are " + waitsFor;
    }

    /// The names of the targets in Envoy's `/init_dump`.
    static String targets(String dump) {
        var names = new LinkedHashSet<String>();
        for (var match = TARGETS.matcher(dump); match.find(); ) {
            for (var name = NAME.matcher(match.group(1)); name.find(); ) {
                names.add(name.group(1));
            }
        }
        var shown = names.stream().limit(MOST_NAMES).collect(Collectors.joining(", "));
        return names.size() > MOST_NAMES ? shown + " and " + (names.size() - MOST_NAMES) + " more" : shown;
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
