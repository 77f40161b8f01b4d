package dev.outrigger.agent.config;

import java.util.List;

/// The configuration cannot be used. Carries every problem, each as what, where, how to fix.
public final class ConfigException extends Exception {
    private static final long serialVersionUID = 1;

    private final List<String> problems;

    /// At least one problem.
    public ConfigException(List<String> problems) {
        super(String.join("\n", problems));
        this.problems = List.copyOf(problems);
    }

    /// One line each.
    public List<String> problems() {
        return problems;
    }
}
