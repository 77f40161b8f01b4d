package dev.outrigger.stats;

import io.micrometer.core.instrument.Clock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Gathers metrics and sends them to the collector, about a megabyte at a time. One thread, one export; any
/// thread may {@link #abort} it.
///
/// Numbers of fields: `opentelemetry/proto/collector/metrics/v1/metrics_service.proto` and what it imports.
final class OtlpRequest {
    private static final int ENOUGH = 1 << 20;

    private final OtlpConfig config;
    private final Clock clock;
    private final long nanos;
    private final Map<String, String> headers = new LinkedHashMap<>();
    private final Budget.Lease lease = new Budget(8 * Body.LIMIT).lease();
    private final Body resource;
    private Body metrics;
    /// What all requests of the export together may still take.
    private Duration left;
    private volatile @Nullable OtlpPost post;
    private volatile boolean aborted;

    /// @param clock says when the numbers are read: now
    /// @param limit of all that is sent
    OtlpRequest(OtlpConfig config, Clock clock, Duration limit) throws IOException {
        this.config = config;
        this.clock = clock;
        this.nanos = clock.wallTime() * 1_000_000;
        this.left = limit;
        headers.putAll(config.headers());
        headers.put("Content-Type", "application/x-protobuf");
        this.resource = new Body(lease);
        for (var attribute : new TreeMap<>(config.resource()).entrySet()) {
            attribute(resource, 1, utf8(attribute.getKey()), utf8(attribute.getValue()));
        }
        this.metrics = new Body(lease);
    }

    long nanos() {
        return nanos;
    }

    Budget.Lease lease() {
        return lease;
    }

    /// Adds one message `Metric`.
    void add(Body metric) throws IOException {
        Proto.message(metrics, 2, metric);
        if (metrics.size() > ENOUGH) {
            send();
        }
    }

    /// Sends what there is.
    ///
    /// @throws IOException when the collector does not take it
    void send() throws IOException {
        if (metrics.size() == 0) {
            return;
        }
        var message = message();
        post(message);
        metrics.cutTo(0);
        lease.give(message.bytes().length);
    }

    /// Ends it, whatever it waits for. Any thread.
    void abort() {
        aborted = true;
        var posting = post;
        if (posting != null) {
            posting.close();
        }
    }

    private void post(Body message) throws IOException {
        var begin = clock.monotonicTime();
        try (var posting = new OtlpPost(config.endpoint(), config.tls())) {
            post = posting;
            if (aborted || !left.isPositive()) {
                throw new IOException(aborted ? "the agent ends" : "too slow");
            }
            posting.send(headers, message.bytes(), message.size(), left);
        } finally {
            left = left.minusNanos(clock.monotonicTime() - begin);
        }
    }

    private Body message() throws IOException {
        var scope = new Body(lease);
        Proto.bytes(scope, 1, utf8("outrigger"), 0, "outrigger".length());
        var scoped = new Body(lease);
        Proto.message(scoped, 1, scope);
        scoped.write(metrics.bytes(), 0, metrics.size());
        var all = new Body(lease);
        Proto.message(all, 1, resource);
        Proto.message(all, 2, scoped);
        var message = new Body(lease);
        Proto.message(message, 1, all);
        lease.give((long) scope.bytes().length + scoped.bytes().length + all.bytes().length);
        return message;
    }

    /// Writes a `KeyValue` whose value is a text.
    static void attribute(Body to, int field, byte[] key, byte[] value) throws IOException {
        var lease = to.lease();
        var text = new Body(lease);
        Proto.bytes(text, 1, value, 0, value.length);
        var pair = new Body(lease);
        Proto.bytes(pair, 1, key, 0, key.length);
        Proto.message(pair, 2, text);
        Proto.message(to, field, pair);
        lease.give((long) text.bytes().length + pair.bytes().length);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
