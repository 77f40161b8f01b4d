package dev.outrigger.agent.runtime;

import static java.lang.System.Logger.Level.INFO;

import dev.outrigger.agent.envoy.Drain;
import dev.outrigger.agent.envoy.DrainStatus;
import dev.outrigger.agent.stop.StopReason;
import dev.outrigger.health.Condition;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// The way out: readiness fails first, then Envoy drains, then the agent may end. Any thread may begin it.
final class Leaving {
    private static final System.Logger log = System.getLogger(Leaving.class.getName());

    private final Condition lifecycle;
    private final @Nullable Drain drain;

    /// @param lifecycle gates readiness
    /// @param drain of Envoy; null when this agent runs none
    Leaving(Condition lifecycle, @Nullable Drain drain) {
        this.lifecycle = lifecycle;
        this.drain = drain;
    }

    /// Starts to drain and keeps serving what is outbound.
    ///
    /// @param by what asks
    void begin(String by) {
        lifecycle.unmet("draining, asked for by " + by);
        log.log(INFO, "draining, asked for by {0}; outbound goes on", by);
        if (drain != null) {
            drain.begin(by);
        }
    }

    /// Returns when the agent may end.
    void end(StopReason reason) throws InterruptedException {
        log.log(INFO, "stopping: {0}", reason.describe());
        lifecycle.unmet("draining: the agent was told to stop");
        if (drain != null) {
            drain.end(reason.describe());
        }
    }

    /// How the drain ended, outbound still going on.
    CompletionStage<String> drained() {
        return drain == null ? CompletableFuture.completedFuture("no Envoy to drain") : drain.drained();
    }

    /// How far it is; empty before it begins, or without an Envoy. Never blocks.
    Optional<DrainStatus> status() {
        return drain == null ? Optional.empty() : drain.status();
    }
}
