package dev.outrigger.agent.explain;

import dev.outrigger.agent.config.Durations;
import dev.outrigger.agent.log.LogLevels;
import dev.outrigger.agent.log.Verbosity;
import dev.outrigger.agent.status.Page;
import dev.outrigger.bootstrap.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// The levels of the logs of agent and Envoy, and changes to them.
public final class LogPage {
    private static final String DEFAULT_TIME = "5m";
    private static final Duration LONGEST = Duration.ofDays(1);

    private LogPage() {}

    /// What they are now.
    public static Page show(LogLevels levels, Instant now) {
        var text = new StringBuilder();
        var json = Json.array();
        for (var state : levels.states()) {
            text.append(String.format(Locale.ROOT, "%-6s %s", state.name(), state.level()));
            var object = Json.object()
                    .put("name", state.name())
                    .put("level", state.level())
                    .put("done", state.isDone());
            if (state.until().isPresent()) {
                var left = Duration.between(now, state.until().get()).toSeconds();
                text.append(" until ")
                        .append(state.until().get())
                        .append(" (in ")
                        .append(Math.max(0, left));
                text.append(" s), then ").append(state.before());
                object.put("until", state.until().get().toString()).put("before", state.before());
            }
            text.append(state.isDone() ? "\n" : "; not yet, it does not answer\n");
            json.add(object);
        }
        return new Page(200, text.toString(), Json.object().put("logs", json));
    }

    /// Changes them, and shows what they are then.
    ///
    /// @param query `level`: one of {@link Verbosity}, or `reset`; `for`: a duration up to a day, 5m when
    ///     missing; `of`: `agent`, `envoy` or, when missing, both
    /// @return 400 for what makes no sense
    public static Page change(LogLevels levels, Map<String, String> query, Instant now) {
        var of = query.getOrDefault("of", "all");
        if (!of.equals("all") && !levels.names().contains(of)) {
            return wrong("of=" + of + ": no such log; there are " + String.join(", ", levels.names()));
        }
        var names = of.equals("all") ? levels.names() : Set.of(of);
        var word = query.getOrDefault("level", "");
        if (word.equals("reset")) {
            levels.reset(names);
            return show(levels, now);
        }
        var level = Verbosity.of(word);
        if (level.isEmpty()) {
            return wrong("level " + word
                    + ": no such level; there are trace, debug, info, warn, error, critical, off, and reset");
        }
        var time = Durations.parse(query.getOrDefault("for", DEFAULT_TIME));
        if (time.isEmpty()
                || time.get().isZero()
                || time.get().isNegative()
                || time.get().compareTo(LONGEST) > 0) {
            return wrong("for " + query.get("for")
                    + ": no time up to a day; write 30s, 5m or 2h (for good: log-level, envoy-log-level)");
        }
        levels.change(level.get(), time.get(), names);
        return show(levels, now);
    }

    private static Page wrong(String what) {
        return new Page(400, what + "\n", Json.object().put("error", what));
    }
}
