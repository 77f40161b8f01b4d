package dev.outrigger.agent.stop;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// The one place where the drain and the end of the agent are decided: the first reason offered wins. Any thread
/// may offer.
public final class Stops {
    private final CompletableFuture<StopReason> first = new CompletableFuture<>();
    private final CompletableFuture<String> drain = new CompletableFuture<>();

    /// Offers a reason; all but the first are ignored.
    public void offer(StopReason reason) {
        first.complete(reason);
    }

    /// Asks for the drain without the end of the agent; all but the first are ignored.
    ///
    /// @param by what asks, for the log
    public void askToDrain(String by) {
        drain.complete(by);
    }

    /// Done once a drain is asked for.
    public CompletionStage<String> askedToDrain() {
        return drain;
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
