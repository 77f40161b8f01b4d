package dev.outrigger.stats;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Recognises samples of one family as Envoy writes most of them, `name{…"} 12`, by a few comparisons. One
/// thread.
final class PlainLines {
    private static final byte[][] NONE = {};
    private static final byte[] BUCKET = "_bucket".getBytes(StandardCharsets.ISO_8859_1);

    private final byte[] buffer;
    /// How such lines begin, the brace included.
    private byte[][] heads = NONE;
    /// Which of them the last line had.
    private int last;
    private int buckets = -1;
    private int valueFrom;
    private int boundTo;

    /// @param buffer what all lines are in
    PlainLines(byte[] buffer) {
        this.buffer = buffer;
    }

    /// Recognises nothing.
    void none() {
        heads = NONE;
    }

    /// @param floats whether upper bounds of buckets have to be floats: `1.0` instead of `1`
    void begin(byte[] family, @Nullable MetricType type, boolean floats) {
        var suffixes = MetricType.suffixBytes(type);
        heads = new byte[suffixes.length][];
        last = 0;
        buckets = -1;
        for (var i = 0; i < suffixes.length; i++) {
            var head = Arrays.copyOf(family, family.length + suffixes[i].length + 1);
            System.arraycopy(suffixes[i], 0, head, family.length, suffixes[i].length);
            head[head.length - 1] = '{';
            heads[i] = head;
            if (floats && Arrays.equals(suffixes[i], BUCKET)) {
                buckets = i;
            }
        }
    }

    /// Whether a line begins as plain ones do.
    ///
    /// @param limit what is behind is not there yet
    boolean begins(int from, int limit) {
        return heads.length > 0 && (isHead(last, from, limit) || findHead(from, limit));
    }

    /// How long the beginning is that {@link #begins} found.
    int headLength() {
        return heads[last].length;
    }

    /// Whether a line that begins as plain ones do ends like them.
    boolean ends(int from, int to) {
        var least = from + headLength();
        var value = to - 1;
        while (value > least && Letters.isDigit(buffer[value])) {
            value--;
        }
        valueFrom = value + 1;
        return valueFrom < to
                && value >= least + 2
                && buffer[value] == ' '
                && buffer[value - 1] == '}'
                && buffer[value - 2] == '"';
    }

    /// Whether the value of a line that {@link #ends} took is not 0.
    boolean isAboveZero(int to) {
        return valueFrom != to - 1 || buffer[valueFrom] != '0';
    }

    /// Whether it is a bucket whose upper bound, its last label, has to become a float.
    boolean hasWholeBound() {
        if (last != buckets) {
            return false;
        }
        boundTo = valueFrom - 3;
        var at = boundTo - 1;
        while (Letters.isDigit(buffer[at])) {
            at--;
        }
        return at < boundTo - 1
                && buffer[at] == '"'
                && buffer[at - 1] == '='
                && buffer[at - 2] == 'e'
                && buffer[at - 3] == 'l';
    }

    /// Where that bound ends.
    int boundTo() {
        return boundTo;
    }

    private boolean isHead(int i, int from, int limit) {
        var head = heads[i];
        return limit - from > head.length && Arrays.equals(buffer, from, from + head.length, head, 0, head.length);
    }

    private boolean findHead(int from, int limit) {
        for (var i = 0; i < heads.length; i++) {
            if (isHead(i, from, limit)) {
                last = i;
                return true;
            }
        }
        return false;
    }
}
