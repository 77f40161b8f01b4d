package dev.outrigger.agent.log;

import java.io.PrintStream;
import java.time.InstantSource;
import java.util.logging.Handler;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;

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

    /// Sets level and form, and takes over the records of libraries (warnings and worse only).
    public void configure(System.Logger.Level level, LogFormat format) {
        this.level = level;
        this.format = format;
        LogManager.getLogManager().reset();
        java.util.logging.Logger.getLogger("").addHandler(new Libraries());
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

    /// Writes one record whatever the level is: whoever sends it has a level of its own.
    ///
    /// @param scope as for {@link #write}
    public void pass(System.Logger.Level of, String scope, String message) {
        out.println(format.line(clock.instant(), of, scope, message));
    }

    /// Takes the records that netty and grpc send to java.util.logging.
    private static final class Libraries extends Handler {
        @Override
        public void publish(LogRecord message) {
            if (message.getLevel().intValue() < java.util.logging.Level.WARNING.intValue()) {
                return;
            }
            var level = message.getLevel().intValue() >= java.util.logging.Level.SEVERE.intValue()
                    ? System.Logger.Level.ERROR
                    : System.Logger.Level.WARNING;
            var thrown = message.getThrown() == null ? "" : ": " + message.getThrown();
            get().write(
                            level,
                            AgentLogger.scope(String.valueOf(message.getLoggerName())),
                            message.getMessage() + thrown);
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }
}
