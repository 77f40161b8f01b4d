package dev.outrigger.stats;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;

/// The small words of both text formats, on bytes.
final class Letters {
    /// For each byte, as an index without sign, what it may be: {@link #LABEL}, {@link #METRIC} or {@link
    /// #DIGIT}.
    private static final byte[] KINDS = kinds();

    private static final int LABEL = 1;
    private static final int METRIC = 2;
    private static final int DIGIT = 4;

    private Letters() {}

    private static byte[] kinds() {
        var kinds = new byte[256];
        for (var i = 0; i < 128; i++) {
            if ((i >= 'a' && i <= 'z') || (i >= 'A' && i <= 'Z') || i == '_') {
                kinds[i] = LABEL | METRIC;
            } else if (i >= '0' && i <= '9') {
                kinds[i] = DIGIT;
            }
        }
        kinds[':'] = METRIC;
        return kinds;
    }

    static boolean isBlank(byte b) {
        return b == ' ' || b == '\t';
    }

    static boolean isDigit(byte b) {
        return b >= '0' && b <= '9';
    }

    /// `[a-zA-Z_]`, and `:` in the name of a metric.
    static boolean startsName(byte b, boolean ofMetric) {
        return (KINDS[b & 0xff] & (ofMetric ? METRIC : LABEL)) != 0;
    }

    /// First position at or after `at` that is no blank.
    static int skipBlanks(byte[] text, int at, int to) {
        while (at < to && isBlank(text[at])) {
            at++;
        }
        return at;
    }

    /// First position at or after `at` that is a blank, or the end.
    static int skipWord(byte[] text, int at, int to) {
        while (at < to && !isBlank(text[at])) {
            at++;
        }
        return at;
    }

    /// End of a name without quotes; `at` itself when there is none.
    static int skipName(byte[] text, int at, int to, boolean ofMetric) {
        if (at == to || !startsName(text[at], ofMetric)) {
            return at;
        }
        var fit = DIGIT | (ofMetric ? METRIC : LABEL);
        while (at < to && (KINDS[text[at] & 0xff] & fit) != 0) {
            at++;
        }
        return at;
    }

    /// Position of the quote that ends a text in quotes, or -1.
    ///
    /// @param at after the first quote
    static int closingQuote(byte[] text, int at, int to) {
        for (; at < to; at++) {
            if (text[at] == '"') {
                return at;
            }
            if (text[at] == '\\') {
                at++;
            }
        }
        return -1;
    }

    /// Whether these bytes are a number as both formats write it: decimal, `NaN`, `Inf` or `Infinity`, with a
    /// sign or not.
    static boolean isNumber(byte[] text, int from, int to) {
        var at = from < to && (text[from] == '+' || text[from] == '-') ? from + 1 : from;
        if (at < to && !isDigit(text[at]) && text[at] != '.') {
            return isWord(text, at, to, "nan") || isWord(text, at, to, "inf") || isWord(text, at, to, "infinity");
        }
        var digits = skipDigits(text, at, to);
        var point = digits < to && text[digits] == '.' ? digits + 1 : digits;
        var fraction = skipDigits(text, point, to);
        if (digits == at && fraction == point) {
            return false;
        }
        return fraction == to || isExponent(text, fraction, to);
    }

    /// The number that {@link #isNumber} found.
    static double number(byte[] text, int from, int to) {
        if (to - from <= 15 && skipDigits(text, from, to) == to) {
            var whole = 0L;
            for (var i = from; i < to; i++) {
                whole = 10 * whole + text[i] - '0';
            }
            return whole;
        }
        var word = latin(text, from, to);
        var last = Character.toLowerCase(word.charAt(word.length() - 1));
        return switch (last) {
            case 'f', 'y' -> word.startsWith("-") ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
            case 'n' -> Double.NaN;
            default -> Double.parseDouble(word);
        };
    }

    /// Whether these bytes are a whole number, with a minus or not.
    static boolean isWhole(byte[] text, int from, int to) {
        var at = from < to && text[from] == '-' ? from + 1 : from;
        return at < to && to - at <= 18 && skipDigits(text, at, to) == to;
    }

    /// Whether all of it is UTF-8.
    static boolean isUtf8(byte[] text, int from, int to) {
        var decoder = StandardCharsets.UTF_8.newDecoder();
        var in = ByteBuffer.wrap(text, from, to - from);
        var sink = CharBuffer.allocate(1024);
        while (true) {
            var result = decoder.decode(in, sink, true);
            if (!result.isOverflow()) {
                return !result.isError();
            }
            sink.clear();
        }
    }

    static String latin(byte[] text, int from, int to) {
        return new String(text, from, to - from, StandardCharsets.ISO_8859_1);
    }

    private static int skipDigits(byte[] text, int at, int to) {
        while (at < to && isDigit(text[at])) {
            at++;
        }
        return at;
    }

    private static boolean isExponent(byte[] text, int at, int to) {
        if (text[at] != 'e' && text[at] != 'E') {
            return false;
        }
        var digits = at + 1 < to && (text[at + 1] == '+' || text[at + 1] == '-') ? at + 2 : at + 1;
        return digits < to && skipDigits(text, digits, to) == to;
    }

    private static boolean isWord(byte[] text, int from, int to, String word) {
        if (to - from != word.length()) {
            return false;
        }
        for (var i = 0; i < word.length(); i++) {
            if ((text[from + i] | 0x20) != word.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
