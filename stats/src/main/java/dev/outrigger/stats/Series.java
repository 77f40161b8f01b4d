package dev.outrigger.stats;

import java.util.Arrays;

/// Name and labels of a sample, whoever wrote them: the order of the labels does not matter, and an empty label
/// is as good as none.
final class Series {
    private Series() {}

    /// The same for all samples of a series.
    static int hash(SampleLine line) {
        var sum = hash(line.text(), line.nameFrom(), line.nameTo());
        for (var i = 0; i < line.labels(); i++) {
            if (line.labelValueFrom(i) < line.labelValueTo(i)) {
                sum += mix(31 * hash(line.text(), line.labelNameFrom(i), line.labelNameTo(i))
                        + hash(line.text(), line.labelValueFrom(i), line.labelValueTo(i)));
            }
        }
        return (int) (sum >>> Integer.SIZE);
    }

    /// Whether both are samples of one series.
    static boolean isSame(SampleLine one, SampleLine other) {
        return Arrays.equals(one.text(), one.nameFrom(), one.nameTo(), other.text(), other.nameFrom(), other.nameTo())
                && hasLabelsOf(one, other)
                && hasLabelsOf(other, one);
    }

    private static boolean hasLabelsOf(SampleLine one, SampleLine other) {
        for (var i = 0; i < other.labels(); i++) {
            if (other.labelValueFrom(i) < other.labelValueTo(i) && !hasLabel(one, other, i)) {
                return false;
            }
        }
        return true;
    }

    private static boolean hasLabel(SampleLine one, SampleLine other, int label) {
        for (var i = 0; i < one.labels(); i++) {
            if (Arrays.equals(
                    one.text(),
                    one.labelNameFrom(i),
                    one.labelNameTo(i),
                    other.text(),
                    other.labelNameFrom(label),
                    other.labelNameTo(label))) {
                return Arrays.equals(
                        one.text(),
                        one.labelValueFrom(i),
                        one.labelValueTo(i),
                        other.text(),
                        other.labelValueFrom(label),
                        other.labelValueTo(label));
            }
        }
        return false;
    }

    private static long hash(byte[] text, int from, int to) {
        var hash = 0xcbf29ce484222325L;
        for (var i = from; i < to; i++) {
            hash = (hash ^ text[i]) * 0x100000001b3L;
        }
        return mix(hash);
    }

    private static long mix(long hash) {
        hash = (hash ^ (hash >>> 32)) * 0x9E3779B97F4A7C15L;
        return hash ^ (hash >>> 29);
    }
}
