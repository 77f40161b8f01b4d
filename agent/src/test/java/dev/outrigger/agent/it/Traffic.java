package dev.outrigger.agent.it;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/// Clients, each with a connection of its own, that ask one path without a pause and remember every request that
/// was not answered with 200.
final class Traffic implements AutoCloseable {
    private static final int LIMIT_SECONDS = 60;
    private static final int BREATH_MILLIS = 20;

    private final InetSocketAddress server;
    private final String path;
    private final BooleanSupplier goesOn;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final AtomicLong answered = new AtomicLong();
    private final AtomicLong unconnected = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private final AtomicReferenceArray<String> bodies;
    private final CountDownLatch stopped = new CountDownLatch(1);

    /// Odd while requests may fail. One that began and ended at the same even number may not.
    private final AtomicInteger phase = new AtomicInteger();

    private Traffic(InetSocketAddress server, String path, int clients, BooleanSupplier goesOn) {
        this.server = server;
        this.path = path;
        this.goesOn = goesOn;
        this.bodies = new AtomicReferenceArray<>(clients);
    }

    static Traffic start(InetSocketAddress server, String path, int clients) {
        return start(server, path, clients, () -> true);
    }

    /// @param clients how many ask at once
    /// @param goesOn asked before each request; a client ends when it says no
    static Traffic start(InetSocketAddress server, String path, int clients, BooleanSupplier goesOn) {
        var traffic = new Traffic(server, path, clients, goesOn);
        for (var i = 0; i < clients; i++) {
            var client = i;
            traffic.threads.execute(() -> traffic.run(client));
        }
        return traffic;
    }

    private void run(int number) {
        try (var client = new KeepAliveClient(server)) {
            while (stopped.getCount() > 0 && goesOn.getAsBoolean()) {
                ask(number, client);
            }
        } catch (IOException e) {
            failures.add("closing a connection: " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void ask(int number, KeepAliveClient client) throws InterruptedException {
        var began = phase.get();
        try {
            var answer = client.get(path);
            if (answer.status() == 200) {
                bodies.set(number, answer.body());
                answered.incrementAndGet();
                return;
            }
            failed(began, answer.status() + " " + answer.headers() + " " + answer.body());
        } catch (IOException e) {
            failed(began, e.toString());
        }
        stopped.await(BREATH_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void failed(int began, String how) {
        if (began % 2 == 0 && began == phase.get()) {
            failures.add("after " + answered + " answers: " + how);
        } else if (how.startsWith("java.")) {
            unconnected.incrementAndGet();
        } else {
            refused.incrementAndGet();
        }
    }

    /// What failed while it might.
    String excused() {
        return unconnected + " without a connection and " + refused + " refused during faults";
    }

    /// Requests may fail while this runs; each client has had an answer since when it returns.
    void whileItMayFail(Runnable fault) {
        phase.incrementAndGet();
        fault.run();
        awaitEach("answered after the fault", _ -> true);
        phase.incrementAndGet();
    }

    /// Requests answered with 200 so far.
    long answered() {
        return answered.get();
    }

    List<String> failures() {
        return List.copyOf(failures);
    }

    /// Waits until so many more were answered.
    void await(long more) {
        var goal = answered() + more;
        await(() -> answered() >= goal, () -> answered() + " of " + goal + " are answered");
    }

    /// Waits until it flows; what failed before does not count.
    void awaitFirst() {
        phase.incrementAndGet();
        Eventually.holds(LIMIT_SECONDS, () -> answered() > 0, () -> "nothing is answered: " + excused());
        failures.clear();
        awaitEach("answered", _ -> true);
        phase.incrementAndGet();
    }

    /// Waits until every client has had such an answer, to a request after this call or the one in flight.
    void awaitEach(String what, Predicate<String> body) {
        for (var i = 0; i < bodies.length(); i++) {
            bodies.set(i, null);
        }
        for (var i = 0; i < bodies.length(); i++) {
            var client = i;
            await(
                    () -> bodies.get(client) != null && body.test(bodies.get(client)),
                    () -> "client " + client + " is not " + what + ", its last answer: " + bodies.get(client));
        }
    }

    private void await(BooleanSupplier condition, java.util.function.Supplier<String> otherwise) {
        Eventually.holds(LIMIT_SECONDS, () -> !failures.isEmpty() || condition.getAsBoolean(), otherwise);
        if (!failures.isEmpty()) {
            throw new AssertionError("requests failed: " + failures());
        }
    }

    /// No new request starts; those in flight end.
    void stop() throws InterruptedException {
        stopped.countDown();
        threads.shutdown();
        if (!threads.awaitTermination(LIMIT_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("requests hang");
        }
    }

    @Override
    public void close() {
        stopped.countDown();
        threads.shutdownNow();
    }
}
