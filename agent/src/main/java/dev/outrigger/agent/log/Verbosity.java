package dev.outrigger.agent.log;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// Levels in the words of users, which the agent and Envoy share.
public enum Verbosity {
    /// Everything.
    TRACE(System.Logger.Level.TRACE),
    /// What happens to a request.
    DEBUG(System.Logger.Level.DEBUG),
    /// What happens to the process.
    INFO(System.Logger.Level.INFO),
    /// Degraded, will be tried again.
    WARNING(System.Logger.Level.WARNING),
    /// A human must act.
    ERROR(System.Logger.Level.ERROR),
    /// Envoy's worst; the agent has none beyond an error.
    CRITICAL(System.Logger.Level.ERROR),
    /// Nothing.
    OFF(System.Logger.Level.OFF);

    private final System.Logger.Level level;

    Verbosity(System.Logger.Level level) {
        this.level = level;
    }

    /// The agent's level.
    public System.Logger.Level level() {
        return level;
    }

    /// Envoy's name of it, lower case.
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// Reads a word; `warn` is a `warning`.
    public static Optional<Verbosity> of(String word) {
        var name = word.equalsIgnoreCase("warn") ? "WARNING" : word.toUpperCase(Locale.ROOT);
        return Arrays.stream(values()).filter(v -> v.name().equals(name)).findAny();
    }

    /// The name of one of the agent's levels.
    public static String word(System.Logger.Level level) {
        return level.name().toLowerCase(Locale.ROOT);
    }
}
