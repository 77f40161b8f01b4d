package dev.outrigger.sds;

import java.time.InstantSource;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;

/// What a component needs to be woken at a time.
///
/// @param owner runs the tasks, and owns the state that they touch
/// @param timer wakes; may be the owner
/// @param clock of the wall
record Alarms(Executor owner, ScheduledExecutorService timer, InstantSource clock) {
    Alarm alarm(Runnable task) {
        return new Alarm(this, task);
    }
}
