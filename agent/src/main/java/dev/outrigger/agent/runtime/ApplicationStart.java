package dev.outrigger.agent.runtime;

import static java.lang.System.Logger.Level.INFO;

import dev.outrigger.agent.application.Application;
import dev.outrigger.agent.stop.StopReason;
import dev.outrigger.health.HealthBoard;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// How long the application waits for readiness. Owned by the main thread.
final class ApplicationStart {
    private static final System.Logger log = System.getLogger(ApplicationStart.class.getName());

    private final @Nullable Application application;
    private final HealthBoard board;
    private final InstantSource clock;
    private final Instant since;

    /// @param application null: there is none
    ApplicationStart(@Nullable Application application, HealthBoard board, InstantSource clock) {
        this.application = application;
        this.board = board;
        this.clock = clock;
        this.since = clock.instant();
        if (application != null && application.patience().isZero()) {
            application.start();
        } else if (application != null) {
            log.log(INFO, "the application waits for readiness limit={0}", application.patience());
        }
    }

    /// Looks whether it has waited too long.
    ///
    /// @return then, the end
    Optional<StopReason> look() {
        if (application == null || application.isStarted() || !isOver(application.patience())) {
            return Optional.empty();
        }
        var missing = board.readiness().blockers().stream()
                .map(state -> state.name() + ": " + state.reason())
                .collect(Collectors.joining("; "));
        return Optional.of(new StopReason.Failed(
                "the application's wait for readiness",
                new IOException("not ready within application-wait " + application.patience() + ": " + missing)));
    }

    private boolean isOver(Duration patience) {
        return Duration.between(since, clock.instant()).compareTo(patience) >= 0;
    }
}
