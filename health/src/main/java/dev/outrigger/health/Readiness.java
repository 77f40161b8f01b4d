package dev.outrigger.health;

import java.util.List;

/// A verdict at one moment.
///
/// @param ready no condition that gates readiness is unmet
/// @param conditions every condition in the order of registration
public record Readiness(boolean ready, List<ConditionState> conditions) {
    /// Copies the list.
    public Readiness {
        conditions = List.copyOf(conditions);
    }

    /// The conditions that keep the workload from being ready.
    public List<ConditionState> blockers() {
        return conditions.stream().filter(ConditionState::blocks).toList();
    }
}
