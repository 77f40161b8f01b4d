package dev.outrigger.health;

import java.time.Duration;
import java.util.Map;
import java.util.Set;

/// Which conditions gate readiness, beyond what their components say.
///
/// @param only names of the conditions that gate, and no others do; empty leaves it to the components
/// @param always gate whatever `only` says
/// @param patience how long a condition may be unmet before it blocks, by name
public record GateRules(Set<String> only, Set<String> always, Map<String, Duration> patience) {
    /// Every component decides for itself.
    public static final GateRules OF_COMPONENTS = new GateRules(Set.of(), Set.of(), Map.of());

    /// Copies the collections.
    public GateRules {
        only = Set.copyOf(only);
        always = Set.copyOf(always);
        patience = Map.copyOf(patience);
    }

    Gate gate(String name, Gate byComponent) {
        if (always.contains(name) || patience.containsKey(name)) {
            return Gate.READINESS;
        }
        if (only.isEmpty()) {
            return byComponent;
        }
        return only.contains(name) ? Gate.READINESS : Gate.INFORMATION;
    }
}
