package dev.outrigger.health;

import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// All conditions of this agent in one place. Components report, probes read; neither ever waits for the other.
public final class HealthBoard {
    private final InstantSource clock;
    private final List<Condition> conditions = new CopyOnWriteArrayList<>();

    /// An empty board, which is ready.
    ///
    /// @param clock stamps each change
    public HealthBoard(InstantSource clock) {
        this.clock = clock;
    }

    /// Registers a condition, unmet until its component says otherwise.
    ///
    /// @param name short, stable and not registered before
    /// @param gate whether it decides readiness
    /// @param reason why it is not met yet, for example `waiting for the first name table`
    /// @throws IllegalStateException when the name is taken
    public synchronized Condition condition(String name, Gate gate, String reason) {
        if (conditions.stream().anyMatch(c -> c.state().name().equals(name))) {
            throw new IllegalStateException("condition " + name + " is registered twice");
        }
        var condition = new Condition(name, gate, reason, clock);
        conditions.add(condition);
        return condition;
    }

    /// The verdict now; never blocks.
    public Readiness readiness() {
        var states = conditions.stream().map(Condition::state).toList();
        return new Readiness(states.stream().noneMatch(ConditionState::blocks), states);
    }
}
