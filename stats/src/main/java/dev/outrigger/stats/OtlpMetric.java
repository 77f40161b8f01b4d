package dev.outrigger.stats;

import java.io.IOException;
import java.util.Arrays;

/// Makes OTLP's messages of one family in Prometheus' protobuf. Counters become monotonic cumulative sums,
/// untyped numbers gauges, histograms those with explicit bounds; of a native histogram count and sum are shown.
/// One thread, one family.
///
/// <https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/>
final class OtlpMetric {
    private static final int ENOUGH = 256 << 10;
    private static final int CUMULATIVE = 2;
    private static final int COUNTER = 0;
    private static final int SUMMARY = 2;
    private static final int HISTOGRAM = 4;
    private static final int GAUGE_HISTOGRAM = 5;

    private final byte[] text;
    private final OtlpRequest request;
    private final Body head;
    private final Body points;
    private long type = COUNTER;

    private OtlpMetric(byte[] text, OtlpRequest request) {
        this.text = text;
        this.request = request;
        this.head = new Body(request.lease());
        this.points = new Body(request.lease());
    }

    /// Adds the family to the request.
    ///
    /// @param text where the message `MetricFamily` is, without its length
    static void add(byte[] text, int from, int to, OtlpRequest request) throws IOException {
        var metric = new OtlpMetric(text, request);
        try {
            metric.add(from, to);
        } finally {
            request.lease().give((long) metric.head.bytes().length + metric.points.bytes().length);
        }
    }

    private void add(int from, int to) throws IOException {
        var fields = new Proto.Reader(text, from, to);
        while (fields.next()) {
            if (fields.isBytes(ProtoFamily.NAME)) {
                copy(head, 1, fields);
            } else if (fields.isBytes(ProtoFamily.HELP)) {
                copy(head, 2, fields);
            } else if (fields.isBytes(ProtoFamily.UNIT)) {
                copy(head, 3, fields);
            } else if (fields.isNumber(ProtoFamily.TYPE)) {
                type = fields.number();
            }
        }
        var metrics = new Proto.Reader(text, from, to);
        while (metrics.next()) {
            if (metrics.isBytes(ProtoFamily.METRIC)) {
                point(metrics.from(), metrics.to());
                if (points.size() > ENOUGH) {
                    flush();
                }
            }
        }
        flush();
    }

    private void flush() throws IOException {
        if (points.size() == 0) {
            return;
        }
        var field = isHistogram() ? 9 : type == SUMMARY ? 11 : type == COUNTER ? 7 : 5;
        if (type == COUNTER || isHistogram()) {
            Proto.number(points, 2, CUMULATIVE);
        }
        if (type == COUNTER) {
            Proto.number(points, 3, 1);
        }
        var metric = new Body(request.lease());
        metric.write(head.bytes(), 0, head.size());
        Proto.message(metric, field, points);
        request.add(metric);
        points.cutTo(0);
        request.lease().give(metric.bytes().length);
    }

    private void point(int from, int to) throws IOException {
        var point = new Body(request.lease());
        fixed(point, 3, request.nanos());
        var fields = new Proto.Reader(text, from, to);
        while (fields.next()) {
            if (fields.isBytes(1)) {
                label(point, isHistogram() ? 9 : 7, fields.from(), fields.to());
            } else if (fields.isBytes(7) && isHistogram()) {
                histogram(point, fields.from(), fields.to());
            } else if (fields.isBytes(4) && type == SUMMARY) {
                summary(point, fields.from(), fields.to());
            } else if (fields.isBytes(2) || fields.isBytes(3) || fields.isBytes(5)) {
                Proto.real(point, 4, real(fields.from(), fields.to(), 1));
            }
        }
        Proto.message(points, 1, point);
        request.lease().give(point.bytes().length);
    }

    private boolean isHistogram() {
        return type == HISTOGRAM || type == GAUGE_HISTOGRAM;
    }

    private void label(Body point, int field, int from, int to) throws IOException {
        var name = new byte[0];
        var value = new byte[0];
        var fields = new Proto.Reader(text, from, to);
        while (fields.next()) {
            if (fields.isBytes(1)) {
                name = Arrays.copyOfRange(text, fields.from(), fields.to());
            } else if (fields.isBytes(2)) {
                value = Arrays.copyOfRange(text, fields.from(), fields.to());
            }
        }
        OtlpRequest.attribute(point, field, name, value);
    }

    private void summary(Body point, int from, int to) throws IOException {
        fixed(point, 4, number(from, to, 1));
        Proto.real(point, 5, real(from, to, 2));
        var fields = new Proto.Reader(text, from, to);
        while (fields.next()) {
            // Quantile and value have the same numbers in both.
            if (fields.isBytes(3)) {
                copy(point, 6, fields);
            }
        }
    }

    /// Prometheus counts all up to a bound, OTLP those between two; the last bucket of OTLP has no bound.
    private void histogram(Body point, int from, int to) throws IOException {
        var count = number(from, to, 1);
        fixed(point, 4, count);
        Proto.real(point, 5, real(from, to, 2));
        var counts = new Body(request.lease());
        var bounds = new Body(request.lease());
        var before = 0L;
        var fields = new Proto.Reader(text, from, to);
        while (fields.next()) {
            if (fields.isBytes(3)) {
                var bound = real(fields.from(), fields.to(), 2);
                var upTo = number(fields.from(), fields.to(), 1);
                if (bound < Double.POSITIVE_INFINITY) {
                    little(counts, Math.max(0, upTo - before));
                    little(bounds, Double.doubleToLongBits(bound));
                    before = Math.max(before, upTo);
                }
            }
        }
        if (bounds.size() > 0) {
            little(counts, Math.max(0, count - before));
            Proto.message(point, 6, counts);
            Proto.message(point, 7, bounds);
        }
        request.lease().give((long) counts.bytes().length + bounds.bytes().length);
    }

    private long number(int from, int to, int field) throws SourceException {
        var fields = new Proto.Reader(text, from, to);
        while (fields.next()) {
            if (fields.isNumber(field)) {
                return fields.number();
            }
        }
        return 0;
    }

    private double real(int from, int to, int field) throws SourceException {
        var fields = new Proto.Reader(text, from, to);
        while (fields.next()) {
            if (fields.field() == field && fields.to() - fields.from() == Long.BYTES) {
                return Double.longBitsToDouble(Words.at(text, fields.from()));
            }
        }
        return 0;
    }

    private void copy(Body to, int field, Proto.Reader from) throws IOException {
        Proto.bytes(to, field, text, from.from(), from.to() - from.from());
    }

    private static void fixed(Body out, int field, long value) throws IOException {
        Proto.varint(out, (long) field << 3 | Proto.FIXED64);
        little(out, value);
    }

    private static void little(Body out, long value) throws IOException {
        for (var shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
            out.write((int) (value >>> shift) & 0xff);
        }
    }
}
