package dev.outrigger.health;

import java.time.InstantSource;

/// One named fact that a component reports. Written by its component from any thread, read by everybody.
public final class Condition {
    private final InstantSource clock;
    private final Runnable changed;
    private volatile ConditionState state;

    Condition(String name, Gate gate, String reason, InstantSource clock, Runnable changed) {
        this.clock = clock;
        this.changed = changed;
        this.state = new ConditionState(name, gate, false, reason, clock.instant());
    }

    /// The fact holds.
    ///
    /// @param detail one line for a human, for example which peer is connected
    public void met(String detail) {
        become(true, detail);
    }

    /// The fact does not hold.
    ///
    /// @param reason what is missing and, where known, how to fix it; one line
    public void unmet(String reason) {
        become(false, reason);
    }

    /// The last report; never blocks.
    public ConditionState state() {
        return state;
    }

    private void become(boolean met, String reason) {
        boolean turned;
        synchronized (this) {
            turned = state.met() != met;
            var since = turned ? clock.instant() : state.since();
            state = new ConditionState(state.name(), state.gate(), met, reason, since);
        }
        if (turned) {
            changed.run();
        }
    }
}
