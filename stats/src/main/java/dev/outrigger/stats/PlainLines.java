package dev.outrigger.stats;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Recognises samples of one family as Envoy writes most of them, `name{…"} 12`, by a few comparisons. One
/// thread.
final class PlainLines {
    private static final byte[][] NONE = {};
    /// The bytes `"} 0` and a newline, the first one lowest.
    private static final long ZERO = 0x0a30207d22L;
    private static final byte[] BUCKET = "_bucket".getBytes(StandardCharsets.ISO_8859_1);

    private final byte[] buffer;
    /// How such lines begin, the brace included.
    private byte[][] heads = NONE;
    /// Which of them the last line had.
    private int last;
    private int buckets = -1;
    private int valueFrom;
    private int boundTo;
    private int before;

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

    /// Whether a line begins as plain ones do, and how much of it need not be looked at: what it shares with the
    /// plain line before, or else such a beginning.
    ///
    /// @param before where that line begins, which ends where this one begins; negative when there is none
    /// @param limit what is behind is not there yet
    /// @return where to go on, `from` itself when it does not begin so
    int skipHead(int before, int from, int limit) {
        if (heads.length == 0) {
            return from;
        }
        if (before >= 0) {
            var length = Math.min(from - before, limit - from);
            var same = Arrays.mismatch(buffer, before, before + length, buffer, from, from + length);
            // Its newline is to be found.
            same = same < 0 ? length - 1 : same;
            if (same >= heads[last].length) {
                return from + same;
            }
        }
        return isHead(last, from, limit) || findHead(from, limit) ? from + heads[last].length : from;
    }

    /// Passes over lines of this family that end with `"} 0` and can be shown as they are. Written for the
    /// agent's compiler, which keeps no field in a register and hardly inlines.
    ///
    /// @param plain where a plain line begins
    /// @param from where it ends
    /// @return where the first line begins that is of another kind, or not there as a whole
    int skipZeros(int plain, int from, int limit) {
        var text = buffer;
        var head = heads[last].length;
        var to = last == buckets ? from : limit;
        before = plain;
        while (2 * from - before <= to) {
            var same = Arrays.mismatch(text, before, from, text, from, 2 * from - before);
            if (same < head) {
                return from;
            }
            var at = from + same;
            var newlines = 0L;
            var above = 0L;
            for (; at < to && newlines == 0; at += Long.BYTES) {
                var word = Words.at(text, at);
                above |= Words.notAscii(word);
                newlines = Words.newlines(word);
            }
            var end = at - Long.BYTES + Words.firstMarked(newlines);
            if (newlines == 0
                    || above != 0
                    || end >= to
                    || end - from < head + Long.BYTES
                    || end - from >= EnvoyStream.LINE
                    || Words.at(text, end + 1 - Long.BYTES) >>> 24 != ZERO) {
                return from;
            }
            before = from;
            from = end + 1;
        }
        return from;
    }

    /// Where the last line begins that {@link #skipZeros} passed over.
    int before() {
        return before;
    }

    /// Whether a line that begins as plain ones do ends like them.
    boolean ends(int from, int to) {
        var least = from + heads[last].length;
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
