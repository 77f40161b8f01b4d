package dev.outrigger.stats;

/// What may follow a sample in OpenMetrics: `# {trace_id="4bf9"} 0.67 1700000000.123`.
final class Exemplar {
    private Exemplar() {}

    /// Whether these bytes are one, in full, with single blanks.
    static boolean isOne(byte[] text, int from, int to) {
        if (to - from < 6 || text[from] != '#' || text[from + 1] != ' ' || text[from + 2] != '{') {
            return false;
        }
        var at = labels(text, from + 3, to);
        if (at < 0 || at >= to || text[at] != ' ') {
            return false;
        }
        var valueTo = Letters.skipWord(text, at + 1, to);
        if (!Letters.isNumber(text, at + 1, valueTo)) {
            return false;
        }
        return valueTo == to || (text[valueTo] == ' ' && Letters.isNumber(text, valueTo + 1, to));
    }

    private static int labels(byte[] text, int at, int to) {
        if (at < to && text[at] == '}') {
            return at + 1;
        }
        while (at < to) {
            var nameTo = Letters.skipName(text, at, to, false);
            if (nameTo == at || nameTo + 1 >= to || text[nameTo] != '=' || text[nameTo + 1] != '"') {
                return -1;
            }
            var close = Letters.closingQuote(text, nameTo + 2, to);
            if (close < 0 || close + 1 >= to) {
                return -1;
            }
            if (text[close + 1] == '}') {
                return close + 2;
            }
            if (text[close + 1] != ',') {
                return -1;
            }
            at = close + 2;
        }
        return -1;
    }
}
