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

    /// By hand where it can be: in a JVM that has just begun MessageFormat takes 5 ms to initialise, for the
    /// numbers and dates of all locales. Numbers have no separators here.
    static String filled(String format, @Nullable Object @Nullable [] params) {
        if (params == null || params.length == 0) {
            return format;
        }
        if (format.indexOf('\'') >= 0) { // quoted parts
            return MessageFormat.format(format, params);
        }
        var text = new StringBuilder(format.length() + 16 * params.length);
        int at = 0;
        for (int open = format.indexOf('{'); open >= 0; open = format.indexOf('{', at)) {
            int close = format.indexOf('}', open);
            int index = close < 0 ? -1 : index(format, open + 1, close);
            if (index < 0) {
                return MessageFormat.format(format, params); // a choice, a date, a brace that is none of these
            }
            text.append(format, at, open).append(index < params.length ? params[index] : "{" + index + "}");
            at = close + 1;
        }
        return text.append(format, at, format.length()).toString();
    }

    /// One or two digits; -1 for anything else.
    private static int index(String format, int from, int to) {
        int number = 0;
        for (int i = from; i < to; i++) {
            int digit = Character.digit(format.charAt(i), 10);
            if (digit < 0 || to - from > 2) {
                return -1;
            }
            number = 10 * number + digit;
        }
        return from == to ? -1 : number;
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
