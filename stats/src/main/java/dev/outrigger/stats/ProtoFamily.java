package dev.outrigger.stats;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The metrics of one source under one name, as messages `io.prometheus.client.Metric`. Filled by one thread,
/// then only read. <https://github.com/prometheus/client_model/blob/master/io/prometheus/client/metrics.proto>
final class ProtoFamily {
    static final int NAME = 1;
    static final int HELP = 2;
    static final int TYPE = 3;
    static final int METRIC = 4;
    static final int UNIT = 5;

    private static final int METRIC_BYTES = 32;

    private final Source source;
    private final Head head;
    private final Body metrics;
    /// For each metric: where it begins and ends.
    private int[] marks = new int[8];
    private long[] hashes = new long[4];
    private int size;

    /// @param head name and help in UTF-8, byte by byte
    ProtoFamily(Source source, Head head, Budget.Lease lease) {
        this.source = source;
        this.head = head;
        this.metrics = new Body(lease);
    }

    Source source() {
        return source;
    }

    Head head() {
        return head;
    }

    String name() {
        return head.name();
    }

    @Nullable
    MetricType type() {
        return head.type();
    }

    int size() {
        return size;
    }

    long hash(int i) {
        return hashes[i];
    }

    /// Adds one metric.
    ///
    /// @param hash of its labels
    void add(byte[] from, int offset, int length, long hash) throws SourceException {
        if (size == hashes.length) {
            metrics.lease().take((long) size * METRIC_BYTES);
            hashes = Arrays.copyOf(hashes, 2 * size);
            marks = Arrays.copyOf(marks, 4 * size);
        }
        marks[2 * size] = metrics.size();
        metrics.write(from, offset, length);
        marks[2 * size + 1] = metrics.size();
        hashes[size++] = hash;
    }

    /// What metric `i` takes in the message of its family.
    int bytes(int i) {
        var length = marks[2 * i + 1] - marks[2 * i];
        return 1 + Proto.lengthOfVarint(length) + length;
    }

    void write(int i, OutputStream out) throws IOException {
        Proto.bytes(out, METRIC, metrics.bytes(), marks[2 * i], marks[2 * i + 1] - marks[2 * i]);
    }

    /// The fields in front of the metrics.
    static Body head(Head head, Budget.Lease lease) throws IOException {
        var out = new Body(lease);
        text(out, NAME, head.name());
        text(out, HELP, head.help());
        var type = head.type() == null ? MetricType.UNTYPED : head.type();
        Proto.number(out, TYPE, type.number());
        text(out, UNIT, head.unit());
        return out;
    }

    private static void text(Body out, int field, String latin) throws IOException {
        if (!latin.isEmpty()) {
            var bytes = latin.getBytes(StandardCharsets.ISO_8859_1);
            Proto.bytes(out, field, bytes, 0, bytes.length);
        }
    }
}
