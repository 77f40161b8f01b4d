package dev.outrigger.agent.config;

import com.google.errorprone.annotations.Immutable;
import java.util.List;

/// How the value of a setting is written.
///
/// @param hint what help shows behind the flag; empty for a flag that needs no value
/// @param choices the allowed words; empty when the value is free
/// @param isRepeatable whether it may be given more than once
@Immutable
public record Shape(
        String hint,
        @SuppressWarnings("Immutable") List<String> choices, // a copy
        boolean isRepeatable) {
    static final Shape ADDRESS = text("HOST:PORT");
    static final Shape DURATION = text("DURATION");
    static final Shape FLAG = new Shape("", List.of("true", "false"), false);
    static final Shape NUMBER = text("N");
    static final Shape PAIR = text("NAME=VALUE");
    static final Shape PATH = text("PATH");
    static final Shape SWITCH = choice("on", "off");
    static final Shape URI = text("URL");

    /// Copies the list.
    public Shape {
        choices = List.copyOf(choices);
    }

    static Shape text(String hint) {
        return new Shape(hint, List.of(), false);
    }

    static Shape choice(String... words) {
        return new Shape(String.join("|", words), List.of(words), false);
    }

    Shape repeated() {
        return new Shape(hint, choices, true);
    }

    /// Whether the flag stands alone.
    public boolean isFlag() {
        return hint.isEmpty();
    }
}
