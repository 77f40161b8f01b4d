package dev.outrigger.agent.probe;

import java.util.Optional;

/// Turns single looks into changes: so many alike in a row, as Kubernetes counts. Owned by one thread.
final class Verdicts {
    private final int failures;
    private final int successes;
    private Optional<Boolean> verdict = Optional.empty();
    private boolean last;
    private int inARow;

    Verdicts(int failures, int successes) {
        this.failures = failures;
        this.successes = successes;
    }

    /// @return whether the verdict has changed by this look; the first one is a change
    boolean add(boolean isWell) {
        inARow = inARow > 0 && last == isWell ? inARow + 1 : 1;
        last = isWell;
        if (inARow < (isWell ? successes : failures)
                || verdict.filter(v -> v == isWell).isPresent()) {
            return false;
        }
        verdict = Optional.of(isWell);
        return true;
    }
}
