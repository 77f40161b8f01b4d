package dev.outrigger.agent.log;

import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/// The levels of the logs of this machine's agent and Envoy, and changes to them that end by themselves.
///
/// Any thread may ask; who changes may have to wait for Envoy.
public final class LogLevels implements AutoCloseable {
    private static final System.Logger log = System.getLogger(LogLevels.class.getName());

    private final Map<String, Target> targets;
    private final ScheduledExecutorService timer;
    private final Executor offload;
    private final InstantSource clock;
    private final ReentrantLock changing = new ReentrantLock();
    private final Map<String, Change> changes = new ConcurrentHashMap<>();

    /// One log.
    public interface Target {
        /// Its level now, by its own name.
        String level();

        /// Changes it.
        ///
        /// @param level one of {@link Verbosity}, lower case
        /// @throws IOException when that cannot be done now; the target does it as soon as it can
        void level(String level) throws IOException;

        /// Whether the last change is done.
        boolean isDone();
    }

    /// What one log does.
    ///
    /// @param name of the log
    /// @param level now
    /// @param until when it goes back; empty when it was not changed
    /// @param before the level it goes back to
    /// @param isDone whether the last change is done
    public record State(String name, String level, Optional<Instant> until, String before, boolean isDone) {}

    private record Change(String before, Instant until) {}

    /// @param targets by name, in the order in which they are shown
    /// @param timer only hands over to `offload`
    /// @param offload runs what may have to wait for Envoy
    public LogLevels(
            Map<String, Target> targets, ScheduledExecutorService timer, Executor offload, InstantSource clock) {
        this.targets = new LinkedHashMap<>(targets);
        this.offload = offload;
        this.timer = timer;
        this.clock = clock;
    }

    /// Names of the logs.
    public Set<String> names() {
        return targets.keySet();
    }

    /// What they do now. Never blocks.
    public List<State> states() {
        return targets.keySet().stream().map(this::state).toList();
    }

    /// Changes levels for a while; a change of what is changed already begins anew, and goes back to what was
    /// before both.
    ///
    /// @param level in lower case
    /// @param names some of {@link #names}
    public void change(Verbosity level, Duration time, Set<String> names) {
        changing.lock();
        try {
            for (var name : names) {
                var target = target(name);
                var earlier = changes.get(name);
                var before = earlier == null ? target.level() : earlier.before();
                var until = clock.instant().plus(time);
                var change = new Change(before, until);
                changes.put(name, change);
                set(name, target, level.word());
                var _ = timer.schedule(
                        () -> offload.execute(() -> goBack(name, change)), time.toMillis(), TimeUnit.MILLISECONDS);
                log.log(INFO, "log level of {0} is {1} until {2}, then {3}", name, level.word(), until, before);
            }
        } finally {
            changing.unlock();
        }
    }

    /// Goes back to what was before all changes, now.
    ///
    /// @param names some of {@link #names}
    public void reset(Set<String> names) {
        names.forEach(name -> {
            var change = changes.get(name);
            if (change != null) {
                goBack(name, change);
            }
        });
    }

    /// The log of this process goes back to its level.
    @Override
    public void close() {
        reset(Set.of("agent"));
    }

    private void goBack(String name, Change change) {
        changing.lock();
        try {
            if (changes.remove(name, change)) {
                set(name, target(name), change.before());
                log.log(INFO, "log level of {0} is {1} again", name, change.before());
            }
        } finally {
            changing.unlock();
        }
    }

    private static void set(String name, Target target, String level) {
        try {
            target.level(level);
        } catch (IOException e) {
            log.log(WARNING, "log level of {0} changes once it answers: {1}", name, e.getMessage());
        }
    }

    private Target target(String name) {
        var target = targets.get(name);
        if (target == null) {
            throw new IllegalArgumentException("no log " + name + "; there are " + targets.keySet());
        }
        return target;
    }

    private State state(String name) {
        var change = changes.get(name);
        var target = target(name);
        var level = target.level();
        return change == null
                ? new State(name, level, Optional.empty(), level, target.isDone())
                : new State(name, level, Optional.of(change.until()), change.before(), target.isDone());
    }
}
