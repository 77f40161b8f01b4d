package dev.outrigger.stats;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/// The agent's own metrics as the library writes them, through a `BufferedWriter`. On a virtual thread that
/// begins with 512 characters and grows by what each write lacks, until it has 8,192: 16 MB of garbage for a page
/// of 20 kB. So a virtual thread has another one write it.
final class OwnText {
    private OwnText() {}

    /// Any thread; waits until all is written.
    static void write(PrometheusMeterRegistry registry, String contentType, OutputStream out) throws IOException {
        if (!Thread.currentThread().isVirtual()) {
            registry.scrape(out, contentType);
            return;
        }
        var task = new FutureTask<@Nullable Void>(() -> {
            registry.scrape(out, contentType);
            return null;
        });
        Thread.ofPlatform().name("scrape-agent").start(task);
        await(task);
    }

    private static void await(FutureTask<?> task) throws IOException {
        try {
            task.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException known ? known : new IOException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while the agent's own metrics were written");
        }
    }
}
