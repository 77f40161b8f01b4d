package dev.outrigger.agent.grpc;

import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;

/// Asks again and again, as an application does, until the answer is the expected one.
final class Eventually {
    private static final long LIMIT = TimeUnit.SECONDS.toNanos(60);

    private Eventually() {}

    /// Every answer counts: one that fails ends it.
    static String answers(Supplier<String> ask, Predicate<String> expected) {
        var end = System.nanoTime() + LIMIT;
        var answer = ask.get();
        while (!expected.test(answer)) {
            if (System.nanoTime() > end) {
                throw new AssertionError("still answered with " + answer);
            }
            answer = ask.get();
        }
        return answer;
    }
}
