package dev.outrigger.agent.it;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/// Clients that ask one URL without a pause and remember every answer that was not 200.
final class Traffic implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final AtomicLong answered = new AtomicLong();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private volatile boolean stopped;

    /// @param clients how many ask at once
    /// @param goesOn asked before each request; a client ends when it says no
    static Traffic start(URI uri, int clients, BooleanSupplier goesOn) {
        var traffic = new Traffic();
        for (var i = 0; i < clients; i++) {
            traffic.threads.execute(() -> traffic.run(uri, goesOn));
        }
        return traffic;
    }

    private void run(URI uri, BooleanSupplier goesOn) {
        var request = HttpRequest.newBuilder(uri).timeout(LIMIT).build();
        while (!stopped && goesOn.getAsBoolean()) {
            try {
                var response = client.send(request, HttpResponse.BodyHandlers.ofString());
                if (response.statusCode() == 200) {
                    answered.incrementAndGet();
                } else {
                    failures.add(response.statusCode() + " " + response.body());
                }
            } catch (IOException e) {
                failures.add(e.toString());
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /// Requests answered with 200 so far.
    long answered() {
        return answered.get();
    }

    List<String> failures() {
        return List.copyOf(failures);
    }

    /// Waits until so many more were answered (or any failed).
    void await(long more) {
        var goal = answered() + more;
        Eventually.holds(
                60, () -> answered() >= goal || !failures.isEmpty(), () -> answered() + " of " + goal + " answered");
    }

    /// No new request starts; those in flight end.
    void stop() throws InterruptedException {
        stopped = true;
        threads.shutdown();
        if (!threads.awaitTermination(LIMIT.toSeconds() + 1, TimeUnit.SECONDS)) {
            throw new AssertionError("requests hang");
        }
    }

    @Override
    public void close() {
        stopped = true;
        threads.shutdownNow();
        client.shutdownNow();
    }
}
