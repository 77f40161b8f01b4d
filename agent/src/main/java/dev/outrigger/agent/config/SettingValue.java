package dev.outrigger.agent.config;

import java.util.List;

/// What a setting was given, as text, and by whom.
///
/// @param texts one a value; empty when nothing was given
/// @param origin for humans: `flag --x`, `environment OUTRIGGER_X`, `/etc/outrigger.yaml:3:8`, `profile istio`,
/// `default`
public record SettingValue(List<String> texts, String origin) {
    static final String DEFAULT = "default";

    /// Copies the list.
    public SettingValue {
        texts = List.copyOf(texts);
    }

    static SettingValue of(String text, String origin) {
        return new SettingValue(text.isEmpty() ? List.of() : List.of(text), origin);
    }

    /// As one text; the last one when a flag that counts once was repeated.
    String text() {
        return texts.isEmpty() ? "" : texts.getLast();
    }
}
