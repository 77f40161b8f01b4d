package dev.outrigger.stats;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.nio.charset.StandardCharsets;
import java.util.TreeMap;

/// Gathers metrics and sends them to the collector, about a megabyte at a time. One thread, one export.
///
/// Numbers of fields: `opentelemetry/proto/collector/metrics/v1/metrics_service.proto` and what it imports.
final class OtlpRequest {
    private static final int ENOUGH = 1 << 20;

    private final OtlpConfig config;
    private final long nanos;
    private final Budget.Lease lease = new Budget(8 * Body.LIMIT).lease();
    private final Body resource;
    private Body metrics;

    /// @param millis when the numbers were read, since the epoch
    OtlpRequest(OtlpConfig config, long millis) throws IOException {
        this.config = config;
        this.nanos = millis * 1_000_000;
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
        var connection = (HttpURLConnection) config.endpoint().toURL().openConnection();
        connection.setConnectTimeout((int) config.timeout().toMillis());
        connection.setReadTimeout((int) config.timeout().toMillis());
        connection.setDoOutput(true);
        connection.setInstanceFollowRedirects(false);
        connection.setFixedLengthStreamingMode(message.size());
        config.headers().forEach(connection::setRequestProperty);
        connection.setRequestProperty("Content-Type", "application/x-protobuf");
        connection.setRequestProperty("User-Agent", "outrigger");
        try {
            try (var out = connection.getOutputStream()) {
                out.write(message.bytes(), 0, message.size());
            }
            var status = connection.getResponseCode();
            if (status / 100 != 2) {
                throw new IOException("HTTP status " + status);
            }
            connection.getInputStream().close();
        } finally {
            connection.disconnect();
        }
        metrics.cutTo(0);
        lease.give(message.bytes().length);
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
