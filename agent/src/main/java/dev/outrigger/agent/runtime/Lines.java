package dev.outrigger.agent.runtime;

import java.util.Locale;
import java.util.regex.Pattern;

/// Two columns of text.
final class Lines {
    private static final Pattern LINE_ENDS = Pattern.compile("\\s*\\R\\s*");

    private final StringBuilder text = new StringBuilder();

    /// @param value Envoy's reasons may have several lines; they become one
    void line(String name, String value) {
        text.append(String.format(
                Locale.ROOT,
                "%-30s %s%n",
                name,
                LINE_ENDS.matcher(value.strip()).replaceAll(" ")));
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
