package dev.outrigger.stats;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Takes a whole text in format 0.0.4 apart into families. Strict: what Prometheus would refuse is refused, because a
/// line it does not like costs the whole scrape. Comments go. One thread, one text.
///
/// <https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>
final class TextParser {
    private final Source source;
    private final byte[] text;
    private final int size;
    private final Budget.Lease lease;
    private final Map<String, Family> families = new LinkedHashMap<>();
    private final SampleLine sample = new SampleLine();
    private final MetadataLine metadata = new MetadataLine();
    private @Nullable Family current;

    private TextParser(Source source, Body body) {
        this.source = source;
        this.text = body.bytes();
        this.size = body.size();
        this.lease = body.lease();
    }

    /// The families, in the order of their first lines.
    ///
    /// @param body if its last line has no newline, it gets one
    /// @throws SourceException when a line is malformed
    static Collection<Family> parse(Source source, Body body) throws SourceException {
        if (body.size() > 0 && body.bytes()[body.size() - 1] != '\n') {
            body.write('\n');
        }
        return new TextParser(source, body).parse();
    }

    private Collection<Family> parse() throws SourceException {
        if (!Letters.isUtf8(text, 0, size)) {
            throw new SourceException("malformed: not UTF-8");
        }
        var line = 1;
        for (var from = 0; from < size; line++) {
            var to = from;
            while (text[to] != '\n') {
                to++;
            }
            if (from < to && !(text[from] == '#' ? readMetadata(from, to) : readSample(from, to))) {
                throw new SourceException("malformed: line " + line);
            }
            from = to + 1;
        }
        families.values().removeIf(family -> family.size() == 0);
        return families.values();
    }

    private boolean readMetadata(int from, int to) throws SourceException {
        return switch (metadata.read(text, from, to)) {
            case TYPE -> {
                var type = MetricType.of(metadata.value().strip());
                current = family(metadata.name());
                yield type != null && current.isNow(type);
            }
            case HELP -> {
                current = family(metadata.name());
                current.help(metadata.value());
                yield true;
            }
            case UNIT, EOF, COMMENT -> true;
            case MALFORMED -> false;
        };
    }

    private boolean readSample(int from, int to) throws SourceException {
        if (!sample.read(text, from, to) || sample.rest() != to || !sample.hasWholeTimestamp()) {
            return false;
        }
        if (current == null || !sample.isOf(current.name(), current.type())) {
            current = owner(sample.name());
        }
        current.add(from, to);
        return true;
    }

    private Family owner(String name) throws SourceException {
        if (!families.containsKey(name)) {
            for (var suffix : MetricType.suffixes(MetricType.HISTOGRAM)) {
                var family =
                        name.endsWith(suffix) ? families.get(name.substring(0, name.length() - suffix.length())) : null;
                if (family != null && MetricType.suffixes(family.type()).contains(suffix)) {
                    return family;
                }
            }
        }
        return family(name);
    }

    private Family family(String name) throws SourceException {
        var known = families.get(name);
        if (known != null) {
            return known;
        }
        var family = new Family(source, name, text, lease);
        families.put(name, family);
        return family;
    }
}
