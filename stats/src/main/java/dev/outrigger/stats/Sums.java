package dev.outrigger.stats;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The samples of one family with some labels left out: series that are the same then are one. One thread.
final class Sums {
    private static final int SERIES_BYTES = 128;
    private static final double MAX_WHOLE = 1L << 53;

    private final Set<String> labels;
    private final boolean floats;
    private final Budget.Lease lease;
    private final Map<String, Double> values = new LinkedHashMap<>();
    private final SampleLine written = new SampleLine();

    /// @param labels what is kept besides `le` and `quantile`
    /// @param floats whether upper bounds of buckets have to be floats
    /// @param lease what the series are charged to
    Sums(Set<String> labels, boolean floats, Budget.Lease lease) {
        this.labels = labels;
        this.floats = floats;
        this.lease = lease;
    }

    void add(byte[] text, SampleLine sample, @Nullable MetricType type) throws SourceException {
        var key = new StringBuilder(sample.name());
        var isQuoted = !Escaping.isLegacy(sample.name(), true);
        if (isQuoted) {
            key.insert(0, "{\"").append('"');
        }
        var isCut = false;
        var isQuantile = false;
        var separator = isQuoted ? "," : "{";
        for (var i = 0; i < sample.labels(); i++) {
            var name = sample.labelName(i);
            var ofQuantile = name.equals("quantile") && type == MetricType.SUMMARY;
            isQuantile |= ofQuantile;
            if (!ofQuantile && !name.equals("le") && !labels.contains(name)) {
                isCut = true;
                continue;
            }
            key.append(separator).append(Escaping.isLegacy(name, false) ? name : '"' + name + '"');
            var from = sample.labelValueFrom(i);
            var to = sample.labelValueTo(i);
            var isWhole = floats && (ofQuantile || name.equals("le")) && Letters.isWhole(text, from, to);
            key.append("=\"").append(Letters.latin(text, from, to)).append(isWhole ? ".0\"" : "\"");
            separator = ",";
        }
        key.append(separator.equals(",") ? "}" : "");
        if (!isCut || !isQuantile) {
            add(key.toString(), Letters.number(text, sample.valueFrom(), sample.valueTo()), type);
        }
    }

    /// @param joined what other sources have in the family; a series that is written now is left out there
    void writeTo(OutputStream out, @Nullable JoinedFamily joined) throws IOException {
        for (var series : values.entrySet()) {
            var line = line(series);
            if (joined != null && joined.isWaiting() && written.read(line, 0, line.length - 1)) {
                joined.remove(written);
            }
            out.write(line);
        }
    }

    /// A family of one source with its labels cut; its lines are in a text of their own.
    static Family of(Family family, Set<String> labels, Budget.Lease lease) throws SourceException {
        var sums = new Sums(labels, false, lease);
        var sample = new SampleLine();
        for (var i = 0; i < family.size(); i++) {
            if (sample.read(family.text(), family.from(i), family.to(i))) {
                sums.add(family.text(), sample, family.type());
            }
        }
        var body = new Body(lease);
        for (var series : sums.values.entrySet()) {
            var line = line(series);
            body.write(line, 0, line.length);
        }
        var summed = new Family(family.source(), family.name(), body.bytes(), lease);
        if (family.type() != null) {
            summed.isNow(family.type());
        }
        summed.help(family.help());
        summed.unit(family.unit());
        for (var from = 0; from < body.size(); ) {
            var to = from;
            while (body.bytes()[to] != '\n') {
                to++;
            }
            if (sample.read(body.bytes(), from, to)) {
                summed.add(sample);
            }
            from = to + 1;
        }
        return summed;
    }

    private static byte[] line(Map.Entry<String, Double> series) {
        return (series.getKey() + " " + text(series.getValue()) + "\n").getBytes(StandardCharsets.ISO_8859_1);
    }

    private void add(String key, double value, @Nullable MetricType type) throws SourceException {
        var known = values.get(key);
        if (known == null) {
            lease.take(SERIES_BYTES + key.length());
            values.put(key, value);
        } else {
            var isMark = type == MetricType.INFO || type == MetricType.STATE_SET;
            values.put(key, isMark ? Math.max(known, value) : known + value);
        }
    }

    /// As both formats write numbers.
    static String text(double value) {
        if (value == Math.rint(value) && Math.abs(value) < MAX_WHOLE) {
            return Long.toString((long) value);
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "+Inf" : "-Inf";
        }
        return Double.toString(value);
    }
}
