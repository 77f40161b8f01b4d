package dev.outrigger.agent.runtime;

import java.util.Locale;

/// Two columns of text.
final class Lines {
    private final StringBuilder text = new StringBuilder();

    void line(String name, String value) {
        text.append(String.format(Locale.ROOT, "%-30s %s%n", name, value));
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
