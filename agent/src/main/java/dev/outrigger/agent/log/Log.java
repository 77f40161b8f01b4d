package dev.outrigger.agent.log;

import java.io.PrintStream;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/// Where every record of this process ends: the agent's own, its libraries' and Envoy's. Any thread may write.
public final class Log {
    private static final Log INSTANCE = new Log();

    private final PrintStream out = System.err;
    private final InstantSource clock = InstantSource.system();
    private volatile System.Logger.Level level = System.Logger.Level.INFO;
    private volatile LogFormat format = LogFormat.TEXT;

    private Log() {}

    /// The log of this process.
    public static Log get() {
        return INSTANCE;
    }

    /// Takes over the records of libraries, warnings and worse only. To be called before any of them is used.
    public static void takeLibraries() {
        LibraryLoggers.install();
        Libraries.install();
    }

    /// Sets level and form.
    public void configure(System.Logger.Level level, LogFormat format) {
        this.level = level;
        this.format = format;
    }

    /// The least severe level that is written.
    public System.Logger.Level level() {
        return level;
    }

    /// Changes it.
    public void level(System.Logger.Level wanted) {
        level = wanted;
    }

    /// Whether records of this level are written.
    public boolean isLoggable(System.Logger.Level wanted) {
        return wanted.getSeverity() >= level.getSeverity();
    }

    /// Writes one record when its level is on.
    ///
    /// @param scope who speaks, short: a module's name, or `envoy`
    public void write(System.Logger.Level wanted, String scope, String message) {
        if (isLoggable(wanted)) {
            pass(wanted, scope, message);
        }
    }

    /// Writes one record of a library, a warning or worse, when its level is on.
    ///
    /// @param logger its name there
    void writeOf(String logger, boolean isError, @Nullable String message, @Nullable Throwable thrown) {
        write(
                isError ? System.Logger.Level.ERROR : System.Logger.Level.WARNING,
                AgentLogger.scope(logger),
                thrown == null ? String.valueOf(message) : message + ": " + thrown);
    }

    /// Writes one record whatever the level is: whoever sends it has a level of its own.
    ///
    /// @param scope as for {@link #write}
    public void pass(System.Logger.Level of, String scope, String message) {
        out.println(format.line(clock.instant(), of, scope, message));
    }
}
