package dev.outrigger.agent.stop;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// The one place where the end of the agent is decided: the first reason offered wins. Any thread may offer.
public final class Stops {
    private final CompletableFuture<StopReason> first = new CompletableFuture<>();

    /// Offers a reason; all but the first are ignored.
    public void offer(StopReason reason) {
        first.complete(reason);
    }

    /// Waits for the first reason, at most so long.
    public Optional<StopReason> await(Duration limit) throws InterruptedException {
        try {
            return Optional.of(first.get(limit.toMillis(), TimeUnit.MILLISECONDS));
        } catch (TimeoutException e) {
            return Optional.empty();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }
}
