package dev.outrigger.dev;

import java.util.List;

/// The file cannot be used; what was in force before should stay so.
public final class DevFileException extends Exception {
    private final List<String> problems;

    DevFileException(List<String> problems) {
        super(String.join("\n", problems));
        this.problems = List.copyOf(problems);
    }

    /// Every problem: where (`file:line:column`), what, and how to fix it; at least one.
    public List<String> problems() {
        return problems;
    }
}
