package dev.outrigger.stats;

import java.util.Arrays;

/// One line with a sample, taken apart in place. Used again for line after line; one thread.
///
/// Both text formats: `name{label="value",…} value timestamp`, names in quotes inside the braces, and in
/// OpenMetrics an exemplar after `#`. <https://prometheus.io/docs/instrumenting/exposition_formats/>,
/// <https://prometheus.io/docs/specs/om/open_metrics_spec/>
final class SampleLine {
    private static final int MAX_LABELS = 256;

    private byte[] text = new byte[0];
    private int begin;
    private int end;
    private int nameFrom;
    private int nameTo;
    private int valueFrom;
    private int valueTo;
    private int timestampFrom;
    private int timestampTo;
    private int rest;
    private int bracesTo;
    private int labels;
    /// Exactly as OpenMetrics wants it, as far as has been read.
    private boolean strict;
    /// A name is in quotes.
    private boolean quoted;
    /// Well-formed, and it ends with its value.
    private boolean simple;
    private boolean likeBefore;
    /// For each label: where its name begins and ends, where its value begins and ends.
    private int[] marks = new int[4 * 16];

    /// Takes a line apart. All that were read before have to be in the same text, unchanged: where this and the
    /// last one differ in the values of labels and in the number only, as most lines of a family do, the rest is
    /// compared and not taken apart.
    ///
    /// @param to the line's end, without its newline
    /// @return whether it is well-formed up to {@link #rest}
    boolean readNext(byte[] line, int from, int to) {
        likeBefore = simple && isLikeBefore(from, to);
        return likeBefore || read(line, from, to);
    }

    /// Whether the line is like the one before it up to the values, so that its name is the same.
    boolean isLikeBefore() {
        return likeBefore;
    }

    /// Takes a line apart.
    ///
    /// @param to the line's end, without its newline
    /// @return whether it is well-formed up to {@link #rest}
    boolean read(byte[] line, int from, int to) {
        var isWhole = readWhole(line, from, to);
        simple = isWhole && valueTo == to;
        return isWhole;
    }

    private boolean readWhole(byte[] line, int from, int to) {
        text = line;
        begin = from;
        end = to;
        labels = 0;
        strict = true;
        quoted = false;
        nameFrom = from;
        nameTo = Letters.skipName(line, from, to, true);
        var at = nameTo;
        if (at < to && Letters.isBlank(line[at])) {
            at = Letters.skipBlanks(line, at, to);
            strict = at < to && line[at] != '{';
        }
        if (at < to && line[at] == '{') {
            at = readLabels(at + 1);
        } else if (at == nameTo) {
            return false;
        } else {
            at = nameTo;
        }
        bracesTo = at;
        return at >= 0 && nameTo > nameFrom && readNumbers(at) && !hasLabelTwice();
    }

    /// Where the line begins.
    int from() {
        return begin;
    }

    /// Where it ends.
    int to() {
        return end;
    }

    /// Name of the metric, without quotes.
    String name() {
        return Letters.latin(text, nameFrom, nameTo);
    }

    /// Whether a family of this name has samples of this name.
    ///
    /// @param suffixes what the names of its samples add to its own
    boolean isOf(byte[] family, byte[][] suffixes) {
        var labelFrom = nameFrom + family.length;
        if (labelFrom > nameTo || !Arrays.equals(text, nameFrom, labelFrom, family, 0, family.length)) {
            return false;
        }
        for (var suffix : suffixes) {
            if (Arrays.equals(text, labelFrom, nameTo, suffix, 0, suffix.length)) {
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

    /// Whether the line is exactly as OpenMetrics wants it: single blanks, no comma too many, a good exemplar or
    /// none.
    boolean isStrict() {
        return strict && (rest == end || Exemplar.isOne(text, rest, end));
    }

    /// Whether the name or a label's name is in quotes.
    boolean isQuoted() {
        return quoted;
    }

    int labels() {
        return labels;
    }

    /// Without quotes.
    String labelName(int i) {
        return Letters.latin(text, marks[4 * i], marks[4 * i + 1]);
    }

    boolean isLabel(int i, byte[] name) {
        return Arrays.equals(text, marks[4 * i], marks[4 * i + 1], name, 0, name.length);
    }

    int labelValueFrom(int i) {
        return marks[4 * i + 2];
    }

    int labelValueTo(int i) {
        return marks[4 * i + 3];
    }

    int labelNameFrom(int i) {
        return marks[4 * i];
    }

    int labelNameTo(int i) {
        return marks[4 * i + 1];
    }

    /// What all positions are in.
    byte[] text() {
        return text;
    }

    int nameFrom() {
        return nameFrom;
    }

    int nameTo() {
        return nameTo;
    }

    int valueFrom() {
        return valueFrom;
    }

    /// Of the bytes of name and labels as they are written, eight at a time: of one source, the same series is
    /// written in the same way.
    long writtenHash() {
        return Words.hash(text, nameFrom, bracesTo);
    }

    /// Whether name and labels are written with the same bytes.
    boolean isWrittenLike(SampleLine other) {
        return Arrays.equals(text, nameFrom, bracesTo, other.text, other.nameFrom, other.bracesTo);
    }

    private boolean isLikeBefore(int from, int to) {
        var before = begin;
        var at = from;
        for (var i = 0; i < 4 * labels; i += 4) {
            var gap = marks[i + 2] - before;
            if (!isCopied(before, gap, at, to)) {
                return false;
            }
            before = marks[i + 3];
            at += gap;
            var close = Letters.closingQuote(text, at, to);
            if (close < 0) {
                return false;
            }
            marks[i] += at - marks[i + 2];
            marks[i + 1] += at - marks[i + 2];
            marks[i + 2] = at;
            marks[i + 3] = close;
            at = close;
        }
        var gap = valueFrom - before;
        if (!isCopied(before, gap, at, to) || !Letters.isNumber(text, at + gap, to)) {
            return false;
        }
        nameFrom += from - begin;
        nameTo += from - begin;
        bracesTo += at + gap - valueFrom;
        begin = from;
        end = to;
        valueFrom = at + gap;
        valueTo = to;
        timestampFrom = to;
        timestampTo = to;
        rest = to;
        return true;
    }

    private boolean isCopied(int before, int length, int at, int to) {
        return to - at > length && Arrays.equals(text, before, before + length, text, at, at + length);
    }

    private int readLabels(int at) {
        while (true) {
            at = skipBlanks(at);
            if (at < end && text[at] == '}') {
                strict &= text[at - 1] != ',';
                return at + 1;
            }
            at = skipBlanks(readLabel(at));
            if (at >= end || (text[at] != ',' && text[at] != '}')) {
                return -1;
            }
            at += text[at] == ',' ? 1 : 0;
        }
    }

    /// Where OpenMetrics has none.
    private int skipBlanks(int at) {
        if (at >= end || !Letters.isBlank(text[at])) {
            return at;
        }
        strict = false;
        return Letters.skipBlanks(text, at, end);
    }

    /// @return the position after it, or beyond the end when there is none
    private int readLabel(int at) {
        var isQuoted = at < end && text[at] == '"';
        var from = isQuoted ? at + 1 : at;
        var to = isQuoted ? Letters.closingQuote(text, from, end) : Letters.skipName(text, at, end, false);
        if (to <= from) {
            return end;
        }
        quoted |= isQuoted;
        at = skipBlanks(isQuoted ? to + 1 : to);
        if (at < end && text[at] == '=') {
            return readLabelValue(from, to, skipBlanks(at + 1));
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
        valueFrom = Letters.skipBlanks(text, at, end);
        valueTo = Letters.skipWord(text, valueFrom, end);
        timestampFrom = Letters.skipBlanks(text, valueTo, end);
        timestampTo = timestampFrom < end && text[timestampFrom] != '#'
                ? Letters.skipWord(text, timestampFrom, end)
                : timestampFrom;
        rest = Letters.skipBlanks(text, timestampTo, end);
        strict &= valueFrom == at + 1
                && text[at] == ' '
                && (timestampFrom == valueTo || isOneBlank(valueTo, timestampFrom));
        strict &= rest == timestampTo || (rest < end && isOneBlank(timestampTo, rest));
        return Letters.isNumber(text, valueFrom, valueTo)
                && (timestampFrom == timestampTo || Letters.isNumber(text, timestampFrom, timestampTo));
    }

    private boolean isOneBlank(int from, int to) {
        return to == from || (to == from + 1 && text[from] == ' ');
    }

    private boolean hasLabelTwice() {
        for (var i = 0; i < 4 * labels; i += 4) {
            for (var j = 0; j < i; j += 4) {
                var isAsLong = marks[i + 1] - marks[i] == marks[j + 1] - marks[j];
                if (isAsLong && Arrays.equals(text, marks[i], marks[i + 1], text, marks[j], marks[j + 1])) {
                    return true;
                }
            }
        }
        return false;
    }
}
