package dev.outrigger.health;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// All conditions of this agent in one place. Components report, probes read; neither ever waits for the other.
public final class HealthBoard {
    private final InstantSource clock;
    private final GateRules rules;
    private final List<Condition> conditions = new CopyOnWriteArrayList<>();
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

    /// An empty board, which is ready; every component decides whether its conditions gate.
    ///
    /// @param clock stamps each change
    public HealthBoard(InstantSource clock) {
        this(clock, GateRules.OF_COMPONENTS);
    }

    /// An empty board, which is ready.
    ///
    /// @param clock stamps each change
    /// @param rules which conditions gate
    public HealthBoard(InstantSource clock, GateRules rules) {
        this.clock = clock;
        this.rules = rules;
    }

    /// Registers a condition, unmet until its component says otherwise.
    ///
    /// @param name short, stable and not registered before
    /// @param gate whether it decides readiness, unless the rules of this board say otherwise
    /// @param reason why it is not met yet, for example `waiting for the first name table`
    /// @throws IllegalStateException when the name is taken
    public synchronized Condition condition(String name, Gate gate, String reason) {
        if (conditions.stream().anyMatch(c -> c.state().name().equals(name))) {
            throw new IllegalStateException("condition " + name + " is registered twice");
        }
        var condition = new Condition(name, rules.gate(name, gate), reason, clock, this::tell);
        conditions.add(condition);
        return condition;
    }

    /// Tells whenever a condition becomes met or unmet, on the thread that reports it: the listener returns at
    /// once. A condition that blocks because its patience is over changes nothing and is not told.
    public void onChange(Runnable listener) {
        listeners.add(listener);
    }

    /// The verdict now; never blocks.
    public Readiness readiness() {
        var now = clock.instant();
        var states = conditions.stream().map(c -> withPatience(c.state(), now)).toList();
        return new Readiness(states.stream().noneMatch(ConditionState::blocks), states);
    }

    private ConditionState withPatience(ConditionState state, Instant now) {
        var patience = rules.patience().getOrDefault(state.name(), Duration.ZERO);
        return state.blocks() && Duration.between(state.since(), now).compareTo(patience) < 0
                ? new ConditionState(state.name(), Gate.INFORMATION, false, state.reason(), state.since())
                : state;
    }

    private void tell() {
        listeners.forEach(Runnable::run);
    }
}
