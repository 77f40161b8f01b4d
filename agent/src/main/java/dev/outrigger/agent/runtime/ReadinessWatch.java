package dev.outrigger.agent.runtime;

import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import dev.outrigger.health.ConditionState;
import dev.outrigger.health.HealthBoard;
import dev.outrigger.health.WaitingPace;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/// Tells the log when readiness comes and goes, and every 15 s what it waits for. Owned by the main thread.
final class ReadinessWatch {
    private static final System.Logger log = System.getLogger(ReadinessWatch.class.getName());
    private static final Duration RUNNING = Duration.ofMillis(500);
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private final HealthBoard board;
    private final InstantSource clock;
    private final Instant launched;
    private final Consumer<Duration> whenReady;
    private boolean wasReady;
    private boolean everReady;
    private Instant spoke;

    ReadinessWatch(HealthBoard board, InstantSource clock, Instant launched, Consumer<Duration> whenReady) {
        this.board = board;
        this.clock = clock;
        this.launched = launched;
        this.whenReady = whenReady;
        this.spoke = clock.instant();
    }

    /// Looks once.
    ///
    /// @return when to look again
    Duration look() {
        var now = clock.instant();
        var readiness = board.readiness();
        if (readiness.ready() && !wasReady) {
            spoke = now;
            say(now);
        } else if (!readiness.ready()
                && (wasReady || Duration.between(spoke, now).compareTo(PATIENCE) >= 0)) {
            spoke = now;
            log.log(
                    WARNING,
                    "not ready: {0}",
                    readiness.blockers().stream().map(ReadinessWatch::describe).collect(Collectors.joining("; ")));
        }
        wasReady = readiness.ready();
        return everReady ? RUNNING : WaitingPace.pause(Duration.between(launched, now));
    }

    private static String describe(ConditionState state) {
        return state.name() + ": " + state.reason();
    }

    private void say(Instant now) {
        if (everReady) {
            log.log(INFO, "ready again");
            return;
        }
        everReady = true;
        var took = Duration.between(launched, now);
        log.log(INFO, "ready after_ms={0}", Long.toString(took.toMillis()));
        whenReady.accept(took);
    }
}
