package dev.outrigger.agent.it;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/// Waits for what another process does, where there is nothing to be told by.
final class Eventually {
    private static final int PACE_MILLIS = 20;

    private Eventually() {}

    static void holds(int seconds, BooleanSupplier condition, Supplier<String> otherwise) {
        var end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        var never = new CountDownLatch(1);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError(otherwise.get());
            }
            try {
                never.await(PACE_MILLIS, TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted", e);
            }
        }
    }
}
