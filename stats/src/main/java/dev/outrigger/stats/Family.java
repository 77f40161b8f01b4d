package dev.outrigger.stats;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The samples of one source under one name. Filled by one thread, then only read.
final class Family {
    /// What a family costs until it is written, the places where its name is kept included.
    private static final int BYTES = 1024;
    /// What a sample costs: where its line is, its hash, and its place in the search for series that are there
    /// twice.
    private static final int SAMPLE_BYTES = 32;
    private static final int SAMPLE = 3;

    private final Source source;
    private final Budget.Lease lease;
    private final String name;
    private final byte[] text;
    private @Nullable MetricType type;
    private String help = "";
    private String unit = "";
    private final byte[] nameBytes;
    private byte[] createdBytes = new byte[0];
    private int[] lines = new int[2 * SAMPLE];
    private int size;

    /// @param name as bytes one to one (ISO 8859-1), without quotes
    /// @param text what the lines are in; each ends with a newline
    /// @param lease what all of this is charged to
    Family(Source source, String name, byte[] text, Budget.Lease lease) throws SourceException {
        lease.take(BYTES);
        this.lease = lease;
        this.source = source;
        this.name = name;
        this.text = text;
        this.nameBytes = name.getBytes(StandardCharsets.ISO_8859_1);
    }

    /// OpenMetrics only: takes `_created` of its counters, histograms and summaries as its own.
    void takesCreated() {
        if (MetricType.hasCreated(name, type)) {
            createdBytes = (MetricType.openName(name, type) + "_created").getBytes(StandardCharsets.ISO_8859_1);
        }
    }

    /// Whether a sample is one of this family's.
    boolean has(SampleLine sample) {
        return sample.isOf(nameBytes, MetricType.suffixBytes(type))
                || (createdBytes.length > 0 && sample.isNamed(createdBytes, createdBytes.length));
    }

    Source source() {
        return source;
    }

    String name() {
        return name;
    }

    byte[] text() {
        return text;
    }

    /// Null when the source did not say.
    @Nullable
    MetricType type() {
        return type;
    }

    /// Sets the type, once.
    ///
    /// @return whether that is what it was, or it was not known
    boolean isNow(MetricType found) {
        var isFit = type == null || type == found;
        type = isFit ? found : type;
        return isFit;
    }

    /// Bytes one to one, escapes as they came; empty when there is none.
    String help() {
        return help;
    }

    void help(String found) {
        help = help.isEmpty() ? found : help;
    }

    /// Empty when there is none.
    String unit() {
        return unit;
    }

    void unit(String found) {
        unit = unit.isEmpty() ? found : unit;
    }

    /// Adds the sample that was read last.
    void add(SampleLine sample) throws SourceException {
        if (SAMPLE * size == lines.length) {
            lease.take((long) size * SAMPLE_BYTES);
            lines = Arrays.copyOf(lines, 2 * lines.length);
        }
        lines[SAMPLE * size] = sample.from();
        lines[SAMPLE * size + 1] = sample.to();
        lines[SAMPLE * size + 2] = (int) (sample.writtenHash() >>> Integer.SIZE);
        size++;
    }

    /// How many samples.
    int size() {
        return size;
    }

    /// Where sample `i` begins.
    int from(int i) {
        return lines[SAMPLE * i];
    }

    /// Where its newline is.
    int to(int i) {
        return lines[SAMPLE * i + 1];
    }

    /// Hash of name and labels of sample `i` as they are written.
    int hash(int i) {
        return lines[SAMPLE * i + 2];
    }
}
