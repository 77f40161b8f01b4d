package dev.outrigger.agent.it;

import java.io.IOException;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/// Calls without a pause until it is stopped; remembers every one that failed.
final class Callers implements AutoCloseable {
    private static final int LIMIT_SECONDS = 60;

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final AtomicLong answered = new AtomicLong();
    private final CountDownLatch flowing;

    /// @param callers one a client
    Callers(List<Supplier<Caller>> callers) {
        this.flowing = new CountDownLatch(callers.size());
        callers.forEach(caller -> threads.execute(() -> run(caller.get())));
    }

    private void run(Caller caller) {
        var calls = 0;
        try (caller) {
            while (stopped.getCount() > 0) {
                caller.call();
                answered.incrementAndGet();
                if (calls++ == 0) {
                    flowing.countDown();
                }
            }
        } catch (IOException e) {
            failures.add(caller.getClass().getName() + " after " + calls + " calls: " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Waits until each client had an answer.
    void awaitFlow() throws InterruptedException {
        if (!flowing.await(LIMIT_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("no traffic: " + failures);
        }
    }

    /// No new call begins; those under way end.
    void stop() throws InterruptedException {
        stopped.countDown();
        threads.shutdown();
        if (!threads.awaitTermination(LIMIT_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("calls hang");
        }
    }

    List<String> failures() {
        return List.copyOf(failures);
    }

    long answered() {
        return answered.get();
    }

    @Override
    public void close() {
        stopped.countDown();
        threads.shutdownNow();
    }
}
