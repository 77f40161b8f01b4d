package dev.outrigger.stats;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// One line with a sample, taken apart in place. Used again for line after line; one thread.
///
/// Both text formats: `name{label="value",…} value timestamp`, names in quotes inside the braces, and in OpenMetrics an
/// exemplar after `#`. <https://prometheus.io/docs/instrumenting/exposition_formats/>,
/// <https://prometheus.io/docs/specs/om/open_metrics_spec/>
final class SampleLine {
    private static final int MAX_LABELS = 256;

    private byte[] text = new byte[0];
    private int end;
    private int nameFrom;
    private int nameTo;
    private int valueTo;
    private int timestampFrom;
    private int timestampTo;
    private int rest;
    private int labels;
    /// For each label: where its name begins and ends, where its value begins and ends.
    private int[] marks = new int[4 * 16];

    /// Takes a line apart.
    ///
    /// @param to the line's end, without its newline
    /// @return whether it is well-formed up to {@link #rest}
    boolean read(byte[] line, int from, int to) {
        text = line;
        end = to;
        labels = 0;
        nameFrom = from;
        nameTo = Letters.skipName(line, from, to, true);
        var at = Letters.skipBlanks(line, nameTo, to);
        var hasBraces = at < to && line[at] == '{';
        if (hasBraces) {
            at = readLabels(at + 1);
        } else if (at == nameTo) {
            return false;
        }
        return at >= 0 && nameTo > nameFrom && readNumbers(at) && !hasLabelTwice();
    }

    /// Name of the metric, without quotes.
    String name() {
        return Letters.latin(text, nameFrom, nameTo);
    }

    /// Whether a family of this name and type has samples of this name.
    boolean isOf(String family, @Nullable MetricType type) {
        var more = nameTo - nameFrom - family.length();
        if (more < 0 || !isTextAt(nameFrom, family)) {
            return false;
        }
        for (var suffix : MetricType.suffixes(type)) {
            if (suffix.length() == more && isTextAt(nameTo - more, suffix)) {
                return true;
            }
        }
        return false;
    }

    boolean isNamed(byte[] name, int length) {
        return Arrays.equals(text, nameFrom, nameTo, name, 0, length);
    }

    /// Where the value ends.
    int valueTo() {
        return valueTo;
    }

    /// The timestamp, or empty: milliseconds in the text format, seconds in OpenMetrics.
    String timestamp() {
        return Letters.latin(text, timestampFrom, timestampTo);
    }

    boolean hasWholeTimestamp() {
        return timestampFrom == timestampTo || Letters.isWhole(text, timestampFrom, timestampTo);
    }

    /// Where something else follows, an exemplar perhaps; the line's end if nothing does.
    int rest() {
        return rest;
    }

    /// Of name and labels; the order of the labels does not matter, and an empty label is as good as none.
    long seriesHash() {
        var sum = hash(nameFrom, nameTo);
        for (var i = 0; i < 4 * labels; i += 4) {
            if (marks[i + 2] < marks[i + 3]) {
                sum += mix(31 * hash(marks[i], marks[i + 1]) + hash(marks[i + 2], marks[i + 3]));
            }
        }
        return sum;
    }

    /// Whether both are samples of one series.
    boolean isSameSeries(SampleLine other) {
        return Arrays.equals(text, nameFrom, nameTo, other.text, other.nameFrom, other.nameTo)
                && hasLabelsOf(other)
                && other.hasLabelsOf(this);
    }

    private int readLabels(int at) {
        while (true) {
            at = Letters.skipBlanks(text, at, end);
            if (at < end && text[at] == '}') {
                return at + 1;
            }
            at = Letters.skipBlanks(text, readLabel(at), end);
            if (at < 0 || at >= end || (text[at] != ',' && text[at] != '}')) {
                return -1;
            }
            at += text[at] == ',' ? 1 : 0;
        }
    }

    /// @return the position after it, or beyond the end when there is none
    private int readLabel(int at) {
        var isQuoted = at < end && text[at] == '"';
        var from = isQuoted ? at + 1 : at;
        var to = isQuoted ? Letters.closingQuote(text, from, end) : Letters.skipName(text, at, end, false);
        if (to <= from) {
            return end;
        }
        at = Letters.skipBlanks(text, isQuoted ? to + 1 : to, end);
        if (at < end && text[at] == '=') {
            return readLabelValue(from, to, Letters.skipBlanks(text, at + 1, end));
        }
        if (!isQuoted || nameTo > nameFrom || labels > 0) {
            return end;
        }
        nameFrom = from;
        nameTo = to;
        return at;
    }

    private int readLabelValue(int nameFrom, int nameTo, int at) {
        if (at >= end || text[at] != '"' || labels == MAX_LABELS) {
            return end;
        }
        var close = Letters.closingQuote(text, at + 1, end);
        if (close < 0) {
            return end;
        }
        if (4 * labels == marks.length) {
            marks = Arrays.copyOf(marks, 2 * marks.length);
        }
        var mark = 4 * labels++;
        marks[mark] = nameFrom;
        marks[mark + 1] = nameTo;
        marks[mark + 2] = at + 1;
        marks[mark + 3] = close;
        return close + 1;
    }

    private boolean readNumbers(int at) {
        var valueFrom = Letters.skipBlanks(text, at, end);
        valueTo = Letters.skipWord(text, valueFrom, end);
        timestampFrom = Letters.skipBlanks(text, valueTo, end);
        timestampTo = timestampFrom < end && text[timestampFrom] != '#'
                ? Letters.skipWord(text, timestampFrom, end)
                : timestampFrom;
        rest = Letters.skipBlanks(text, timestampTo, end);
        return Letters.isNumber(text, valueFrom, valueTo)
                && (timestampFrom == timestampTo || Letters.isNumber(text, timestampFrom, timestampTo));
    }

    private boolean hasLabelTwice() {
        for (var i = 0; i < 4 * labels; i += 4) {
            for (var j = 0; j < i; j += 4) {
                if (Arrays.equals(text, marks[i], marks[i + 1], text, marks[j], marks[j + 1])) {
                    return true;
                }
            }
        }
        return false;
    }

    private boolean hasLabelsOf(SampleLine other) {
        for (var i = 0; i < 4 * other.labels; i += 4) {
            if (other.marks[i + 2] < other.marks[i + 3] && !hasLabel(other, i)) {
                return false;
            }
        }
        return true;
    }

    private boolean hasLabel(SampleLine other, int mark) {
        var theirs = other.marks;
        for (var i = 0; i < 4 * labels; i += 4) {
            if (Arrays.equals(text, marks[i], marks[i + 1], other.text, theirs[mark], theirs[mark + 1])) {
                return Arrays.equals(text, marks[i + 2], marks[i + 3], other.text, theirs[mark + 2], theirs[mark + 3]);
            }
        }
        return false;
    }

    private boolean isTextAt(int at, String latin) {
        for (var i = 0; i < latin.length(); i++) {
            if ((char) (text[at + i] & 0xff) != latin.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private long hash(int from, int to) {
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
