package dev.outrigger.stats;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/// Makes messages of families that came as text. One thread, one family.
final class ProtoText {
    private static final byte[] LE = {'l', 'e'};
    private static final byte[] QUANTILE = "quantile".getBytes(StandardCharsets.ISO_8859_1);
    private static final int LABEL = 1;
    private static final int GAUGE = 2;
    private static final int COUNTER = 3;
    private static final int SUMMARY = 4;
    private static final int UNTYPED = 5;
    private static final int TIMESTAMP = 6;
    private static final int HISTOGRAM = 7;
    private static final int PARTS = 3;

    private final Family family;
    private final Budget.Lease lease;
    private final Map<Long, Parts> groups = new LinkedHashMap<>();
    private long hash;

    private ProtoText(Family family, Budget.Lease lease) {
        this.family = family;
        this.lease = lease;
    }

    /// What belongs to one histogram or summary.
    private static final class Parts {
        final Body labels;
        final Body parts;
        double sum;
        double count;
        String timestamp = "";

        Parts(Body labels, Body parts) {
            this.labels = labels;
            this.parts = parts;
        }
    }

    /// The same family as messages.
    static ProtoFamily of(Family family, Budget.Lease lease) throws IOException {
        var help = unescaped(family.help());
        var head = new Head(unescaped(family.name()), family.type(), help, family.unit());
        var made = new ProtoFamily(family.source(), head, lease);
        new ProtoText(family, lease).addTo(made);
        return made;
    }

    private void addTo(ProtoFamily made) throws IOException {
        var sample = new SampleLine();
        var isGrouped = family.type() == MetricType.HISTOGRAM || family.type() == MetricType.SUMMARY;
        for (var i = 0; i < family.size(); i++) {
            sample.read(family.text(), family.from(i), family.to(i));
            if (isGrouped) {
                group(sample);
            } else {
                var metric = labels(sample);
                var value = new Body(lease);
                Proto.real(value, 1, value(sample));
                Proto.message(metric, field(), value);
                timestamp(metric, sample.timestamp());
                made.add(metric.bytes(), 0, metric.size(), hash);
                give(metric);
                give(value);
            }
        }
        for (var group : groups.entrySet()) {
            var parts = group.getValue();
            var inside = new Body(lease);
            Proto.number(inside, 1, (long) parts.count);
            Proto.real(inside, 2, parts.sum);
            inside.write(parts.parts.bytes(), 0, parts.parts.size());
            Proto.message(parts.labels, family.type() == MetricType.HISTOGRAM ? HISTOGRAM : SUMMARY, inside);
            timestamp(parts.labels, parts.timestamp);
            made.add(parts.labels.bytes(), 0, parts.labels.size(), group.getKey());
            give(parts.labels);
            give(parts.parts);
            give(inside);
        }
    }

    private int field() {
        return switch (family.type()) {
            case COUNTER -> COUNTER;
            case GAUGE, INFO, STATE_SET -> GAUGE;
            case null, default -> UNTYPED;
        };
    }

    private void group(SampleLine sample) throws IOException {
        var labels = labels(sample);
        var parts = groups.get(hash);
        if (parts == null) {
            parts = new Parts(labels, new Body(lease));
            groups.put(hash, parts);
        } else {
            give(labels);
        }
        parts.timestamp = sample.timestamp();
        var name = sample.name();
        var value = value(sample);
        if (name.endsWith("_sum") && !name.equals(family.name())) {
            parts.sum = value;
        } else if (name.endsWith("_count") && !name.equals(family.name())) {
            parts.count = value;
        } else {
            var part = new Body(lease);
            if (family.type() == MetricType.HISTOGRAM) {
                Proto.number(part, 1, (long) value);
                Proto.real(part, 2, label(sample, LE));
            } else {
                Proto.real(part, 1, label(sample, QUANTILE));
                Proto.real(part, 2, value);
            }
            Proto.message(parts.parts, PARTS, part);
            give(part);
        }
    }

    /// The labels, without the bounds of buckets and quantiles; sets {@link #hash}.
    private Body labels(SampleLine sample) throws IOException {
        var metric = new Body(lease);
        hash = 0;
        for (var i = 0; i < sample.labels(); i++) {
            var isBound = (family.type() == MetricType.HISTOGRAM && sample.isLabel(i, LE))
                    || (family.type() == MetricType.SUMMARY && sample.isLabel(i, QUANTILE));
            if (isBound) {
                continue;
            }
            var name = unescaped(sample.labelName(i)).getBytes(StandardCharsets.ISO_8859_1);
            var value = unescaped(Letters.latin(family.text(), sample.labelValueFrom(i), sample.labelValueTo(i)))
                    .getBytes(StandardCharsets.ISO_8859_1);
            var label = new Body(lease);
            Proto.bytes(label, 1, name, 0, name.length);
            Proto.bytes(label, 2, value, 0, value.length);
            Proto.message(metric, LABEL, label);
            give(label);
            hash += value.length == 0
                    ? 0
                    : ProtoParser.labelHash(Words.hash(name, 0, name.length), Words.hash(value, 0, value.length));
        }
        return metric;
    }

    private double label(SampleLine sample, byte[] name) throws SourceException {
        for (var i = 0; i < sample.labels(); i++) {
            if (sample.isLabel(i, name)) {
                var from = sample.labelValueFrom(i);
                var to = sample.labelValueTo(i);
                if (Letters.isNumber(family.text(), from, to)) {
                    return Letters.number(family.text(), from, to);
                }
            }
        }
        throw new SourceException("malformed: a bucket or quantile of " + family.name() + " without its bound");
    }

    private double value(SampleLine sample) {
        return Letters.number(family.text(), sample.valueFrom(), sample.valueTo());
    }

    private static void timestamp(Body metric, String millis) throws IOException {
        if (!millis.isEmpty()) {
            Proto.number(metric, TIMESTAMP, Long.parseLong(millis));
        }
    }

    private void give(Body body) {
        lease.give(body.bytes().length);
    }

    /// Without the escapes of a text in quotes.
    private static String unescaped(String text) {
        if (text.indexOf('\\') < 0) {
            return text;
        }
        var plain = new StringBuilder();
        for (var i = 0; i < text.length(); i++) {
            var letter = text.charAt(i);
            if (letter == '\\' && i + 1 < text.length() && "\\n\"".indexOf(text.charAt(i + 1)) >= 0) {
                i++;
                plain.append(text.charAt(i) == 'n' ? '\n' : text.charAt(i));
            } else {
                plain.append(letter);
            }
        }
        return plain.toString();
    }
}
