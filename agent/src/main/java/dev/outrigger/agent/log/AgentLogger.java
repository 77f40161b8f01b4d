package dev.outrigger.agent.log;

import java.text.MessageFormat;
import java.util.ResourceBundle;
import org.jspecify.annotations.Nullable;

/// A {@link System.Logger} that writes to {@link Log}.
final class AgentLogger implements System.Logger {
    private static final String OURS = "dev.outrigger.";

    private final String name;
    private final String scope;

    AgentLogger(String name) {
        this.name = name;
        this.scope = scope(name);
    }

    /// `xds` for our class `dev.outrigger.xds.Relay`, the last two parts for anything else.
    static String scope(String name) {
        if (name.startsWith(OURS)) {
            var rest = name.substring(OURS.length());
            var dot = rest.indexOf('.');
            return dot < 0 ? rest : rest.substring(0, dot);
        }
        var parts = name.split("\\.", -1);
        return parts.length < 2 ? name : parts[parts.length - 2] + "." + parts[parts.length - 1];
    }

    @Override
    public String getName() {
        return name;
    }

    @Override
    public boolean isLoggable(Level level) {
        return Log.get().isLoggable(level);
    }

    @Override
    public void log(
            Level level, @Nullable ResourceBundle bundle, @Nullable String message, @Nullable Throwable thrown) {
        if (isLoggable(level)) {
            Log.get().write(level, scope, thrown == null ? String.valueOf(message) : message + ": " + describe(thrown));
        }
    }

    @Override
    public void log(
            Level level,
            @Nullable ResourceBundle bundle,
            @Nullable String format,
            @Nullable Object @Nullable ... params) {
        if (isLoggable(level)) {
            Log.get().write(level, scope, filled(String.valueOf(format), params));
        }
    }

    private static String filled(String format, @Nullable Object @Nullable [] params) {
        return params == null || params.length == 0 ? format : MessageFormat.format(format, params);
    }

    /// A failure that we did not foresee keeps its stack; one that carries its own explanation does not need it.
    private static String describe(Throwable thrown) {
        if (thrown instanceof java.io.IOException) {
            return String.valueOf(thrown.getMessage());
        }
        var text = new java.io.StringWriter();
        thrown.printStackTrace(new java.io.PrintWriter(text));
        return text.toString().strip();
    }
}
