package dev.outrigger.stats;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.LinkedHashMap;

/// Takes delimited messages `io.prometheus.client.MetricFamily` apart into their metrics, whose insides stay as
/// they came, native histograms and exemplars included. One thread, one answer.
final class ProtoParser {
    private static final int LABEL = 1;
    private static final int LABEL_NAME = 1;
    private static final int LABEL_VALUE = 2;
    private static final int FAMILY_BYTES = 1024;
    private static final int MOST_LABELS = 256;

    private final Source source;
    private final Format shown;
    private final Budget.Lease lease;

    ProtoParser(Source source, Format shown, Budget.Lease lease) {
        this.source = source;
        this.shown = shown;
        this.lease = lease;
    }

    /// All families; a name that comes twice is one of them.
    ///
    /// @throws SourceException when something is malformed
    Collection<ProtoFamily> parse(Body body) throws IOException {
        var families = new LinkedHashMap<String, ProtoFamily>();
        var at = 0;
        while (at < body.size()) {
            var reader = new Proto.Reader(body.bytes(), at, body.size());
            var length = reader.varint();
            if (length < 0 || length > body.size() - reader.at()) {
                throw new SourceException("malformed: a family is cut off");
            }
            at = reader.at() + (int) length;
            var family = family(body.bytes(), reader.at(), at);
            if (family.size() > 0 && families.putIfAbsent(family.name(), family) != null) {
                throw new SourceException("malformed: a family is there twice");
            }
        }
        return families.values();
    }

    /// One message, without its length.
    ProtoFamily family(byte[] text, int from, int to) throws IOException {
        var head = head(text, from, to);
        lease.take(FAMILY_BYTES);
        var family = new ProtoFamily(source, head, lease);
        var fields = new Proto.Reader(text, from, to);
        while (fields.next()) {
            if (fields.isBytes(ProtoFamily.METRIC)) {
                add(family, text, fields.from(), fields.to());
            }
        }
        return family;
    }

    private Head head(byte[] text, int from, int to) throws SourceException {
        var name = "";
        var help = "";
        var unit = "";
        var type = MetricType.COUNTER; // the default of the enum
        var fields = new Proto.Reader(text, from, to);
        while (fields.next()) {
            if (fields.isBytes(ProtoFamily.NAME)) {
                name = utf8(text, fields);
            } else if (fields.isBytes(ProtoFamily.HELP)) {
                help = utf8(text, fields);
            } else if (fields.isBytes(ProtoFamily.UNIT)) {
                unit = utf8(text, fields);
            } else if (fields.isNumber(ProtoFamily.TYPE)) {
                type = type(fields.number());
            }
        }
        if (name.isEmpty()) {
            throw new SourceException("malformed: a family without a name");
        }
        return new Head(shown.escaping().escape(quoted(name), true), type, help, unit);
    }

    private void add(ProtoFamily family, byte[] text, int from, int to) throws IOException {
        var hash = 0L;
        var labels = 0;
        var isShowable = true;
        var fields = new Proto.Reader(text, from, to);
        while (fields.next()) {
            if (fields.isBytes(LABEL)) {
                if (++labels > MOST_LABELS) {
                    throw new SourceException("malformed: more than " + MOST_LABELS + " labels");
                }
                hash += labelHash(text, fields);
                isShowable &= shown.allowsAnyName() || Escaping.isLegacy(name(text, fields), false);
            }
        }
        if (isShowable) {
            family.add(text, from, to - from, hash);
            return;
        }
        var metric = renamed(text, from, to);
        family.add(metric.bytes(), 0, metric.size(), hash);
    }

    /// With the names of its labels written so that the scraper can read them.
    private Body renamed(byte[] text, int from, int to) throws IOException {
        var metric = new Body(lease);
        var fields = new Proto.Reader(text, from, to);
        for (var at = from; fields.next(); at = fields.at()) {
            if (!fields.isBytes(LABEL)) {
                metric.write(text, at, fields.at() - at);
                continue;
            }
            var label = new Body(lease);
            var name =
                    shown.escaping().escape(quoted(name(text, fields)), false).getBytes(StandardCharsets.ISO_8859_1);
            Proto.bytes(label, LABEL_NAME, name, 0, name.length);
            var inside = new Proto.Reader(text, fields.from(), fields.to());
            while (inside.next()) {
                if (inside.isBytes(LABEL_VALUE)) {
                    Proto.bytes(label, LABEL_VALUE, text, inside.from(), inside.to() - inside.from());
                }
            }
            Proto.message(metric, LABEL, label);
        }
        return metric;
    }

    private static long labelHash(byte[] text, Proto.Reader label) throws SourceException {
        var name = 0L;
        var value = 0L;
        var inside = new Proto.Reader(text, label.from(), label.to());
        while (inside.next()) {
            if (inside.isBytes(LABEL_NAME)) {
                name = Words.hash(text, inside.from(), inside.to());
            } else if (inside.isBytes(LABEL_VALUE) && inside.from() < inside.to()) {
                value = Words.hash(text, inside.from(), inside.to());
            }
        }
        // A label without a value is as good as none.
        return value == 0 ? 0 : labelHash(name, value);
    }

    /// Of a label whose name and value have these hashes; those of a metric are added.
    static long labelHash(long name, long value) {
        var hash = (31 * name + value) * 0x9E3779B97F4A7C15L;
        return hash ^ (hash >>> 29);
    }

    private static String name(byte[] text, Proto.Reader label) throws SourceException {
        var inside = new Proto.Reader(text, label.from(), label.to());
        var name = "";
        while (inside.next()) {
            if (inside.isBytes(LABEL_NAME)) {
                name = utf8(text, inside);
            }
        }
        return name;
    }

    private static MetricType type(long number) throws SourceException {
        var type = MetricType.numbered(number);
        if (type == null) {
            throw new SourceException("malformed: no type of a family has the number " + number);
        }
        return type;
    }

    /// With the escapes that it would have between quotes.
    private static String quoted(String name) {
        return name.replace("\\", "\\\\").replace("\"", "\\\"");
    }

    private static String utf8(byte[] text, Proto.Reader field) throws SourceException {
        if (!Letters.isUtf8(text, field.from(), field.to())) {
            throw new SourceException("malformed: not UTF-8");
        }
        return Letters.latin(text, field.from(), field.to());
    }
}
