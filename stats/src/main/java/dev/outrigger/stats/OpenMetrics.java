package dev.outrigger.stats;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;

/// Rewrites OpenMetrics as text format 0.0.4, for applications that answer nothing else. One thread, one text.
///
/// As the Prometheus clients write the same families in both formats: a counter is called as its samples are,
/// `_created` becomes a gauge of its own, an info, a state set and the parts of a gauge histogram are gauges,
/// timestamps become milliseconds; units and exemplars go.
/// <https://prometheus.io/docs/specs/om/open_metrics_spec/>
final class OpenMetrics {
    private final Body out;
    private final Format shown;
    private final Rewriting samples;
    private final byte[] text;
    private final int size;
    private final SampleLine sample = new SampleLine();
    private final MetadataLine metadata = new MetadataLine();
    private final Set<String> announced = new HashSet<>();
    private String family = "";
    private String type = "";
    private String help = "";
    private byte[] lastName = new byte[0];
    private boolean ended;

    private OpenMetrics(Body in, Body out, Format shown) {
        this.text = in.bytes();
        this.size = in.size();
        this.out = out;
        this.shown = shown;
        this.samples = new Rewriting(true, shown);
    }

    /// Rewrites.
    ///
    /// @param in ends with a newline or is cut after the last one
    /// @param shown the format of `out`
    /// @return whether `# EOF` was there, so that nothing is missing
    /// @throws SourceException when a line is malformed
    static boolean rewrite(Body in, Body out, Format shown) throws SourceException {
        if (in.size() > 0 && in.bytes()[in.size() - 1] != '\n') {
            in.write('\n');
        }
        return new OpenMetrics(in, out, shown).rewrite();
    }

    private boolean rewrite() throws SourceException {
        var line = 1;
        for (var from = 0; from < size && !ended; line++) {
            var to = from;
            while (text[to] != '\n') {
                to++;
            }
            if (from < to && !(text[from] == '#' ? readMetadata(from, to) : readSample(from, to))) {
                throw new SourceException("malformed: line " + line);
            }
            from = to + 1;
        }
        return ended;
    }

    private boolean readMetadata(int from, int to) {
        var kind = metadata.read(text, from, to);
        switch (kind) {
            case TYPE -> {
                startFamily();
                type = metadata.value().strip();
            }
            case HELP -> {
                startFamily();
                help = metadata.value().replace("\\\"", "\"");
            }
            case EOF -> ended = true;
            default -> {}
        }
        return kind != MetadataLine.Kind.MALFORMED;
    }

    private void startFamily() {
        if (!family.equals(metadata.name())) {
            family = metadata.name();
            type = "";
            help = "";
            lastName = new byte[0];
        }
    }

    private boolean readSample(int from, int to) throws SourceException {
        if (!sample.read(text, from, to)) {
            return false;
        }
        if (!sample.isNamed(lastName, lastName.length)) {
            announce(sample.name());
        }
        return samples.write(text, sample, to, out);
    }

    private void announce(String name) throws SourceException {
        lastName = name.getBytes(StandardCharsets.ISO_8859_1);
        var suffix = name.startsWith(family) ? name.substring(family.length()) : "of another family";
        switch (type + suffix) {
            case "counter", "counter_total" -> print(name, "counter");
            case "histogram_bucket", "histogram_sum", "histogram_count" -> print(family, "histogram");
            case "summary", "summary_sum", "summary_count" -> print(family, "summary");
            case "gauge", "info_info", "stateset" -> print(name, "gauge");
            case "counter_created", "histogram_created", "summary_created" -> print(name, "gauge");
            case "gaugehistogram_bucket", "gaugehistogram_gsum", "gaugehistogram_gcount" -> print(name, "gauge");
            default -> print(name, "untyped");
        }
    }

    private void print(String name, String shownType) throws SourceException {
        if (announced.add(name)) {
            var written = MetadataLine.written(shown.escaping().escape(name, true));
            print(help.isEmpty() ? "" : "# HELP " + written + " " + help + "\n");
            print("# TYPE " + written + " " + shownType + "\n");
        }
    }

    private void print(String latin) throws SourceException {
        var bytes = latin.getBytes(StandardCharsets.ISO_8859_1);
        out.write(bytes, 0, bytes.length);
    }
}
