package dev.outrigger.stats;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;

/// Writes the samples of a text anew as another text format wants them; metadata stays, but for names that cannot
/// be shown. One thread, one text.
///
/// Into OpenMetrics: single blanks, timestamps in seconds, `le` and `quantile` as floats (`1.0`). Out of it:
/// timestamps in milliseconds, no exemplars.
final class Rewriting {
    private static final byte[] LE = {'l', 'e'};
    private static final byte[] QUANTILE = "quantile".getBytes(StandardCharsets.ISO_8859_1);
    private static final double MAX_SECONDS = 1e12;

    private final Format shown;
    private final boolean fromOpen;
    private final boolean toOpen;
    private final SampleLine sample = new SampleLine();
    private final MetadataLine metadata = new MetadataLine();

    Rewriting(boolean fromOpen, Format shown) {
        this.fromOpen = fromOpen;
        this.shown = shown;
        this.toOpen = shown.isOpenMetrics();
    }

    /// @param in ends with a newline, if it is not empty
    /// @param open whether that is OpenMetrics
    /// @throws SourceException when a line is malformed
    static void rewrite(Body in, Body out, boolean open, Format shown) throws SourceException {
        var rewriting = new Rewriting(open, shown);
        var text = in.bytes();
        var line = 1;
        for (var from = 0; from < in.size(); line++) {
            var to = from;
            while (text[to] != '\n') {
                to++;
            }
            if (from < to && !rewriting.line(text, from, to, out)) {
                throw new SourceException("malformed: line " + line);
            }
            from = to + 1;
        }
    }

    private boolean line(byte[] text, int from, int to, Body out) throws SourceException {
        if (text[from] != '#') {
            return sample.read(text, from, to) && write(text, sample, to, out);
        }
        var kind = metadata.read(text, from, to);
        var name = metadata.name();
        switch (kind) {
            case TYPE, HELP, UNIT -> {
                var shownName = MetadataLine.written(shown.escaping().escape(name, true));
                print(out, "# " + kind + " " + shownName + " " + metadata.value() + "\n");
            }
            case EOF -> print(out, "# EOF\n");
            case COMMENT -> {}
            case MALFORMED -> {
                return false;
            }
        }
        return true;
    }

    /// Writes one sample with its newline.
    ///
    /// @param to where its line ends
    /// @return false when the timestamp or what follows is not as it should be
    boolean write(byte[] text, SampleLine sample, int to, Body out) throws SourceException {
        name(sample, text, out);
        out.write(' ');
        out.write(text, sample.valueFrom(), sample.valueTo() - sample.valueFrom());
        if (!timestamp(sample.timestamp(), out)) {
            return false;
        }
        if (sample.rest() < to) {
            if (!fromOpen || !Exemplar.isOne(text, sample.rest(), to)) {
                return false;
            }
            if (toOpen) {
                out.write(' ');
                out.write(text, sample.rest(), to - sample.rest());
            }
        }
        out.write('\n');
        return true;
    }

    /// The same with another value and without a timestamp.
    void write(byte[] text, SampleLine sample, byte[] value, Body out) throws SourceException {
        name(sample, text, out);
        out.write(' ');
        out.write(value, 0, value.length);
        out.write('\n');
    }

    private void name(SampleLine sample, byte[] text, Body out) throws SourceException {
        var name = shown.escaping().escape(sample.name(), true);
        var isQuoted = !Escaping.isLegacy(name, true);
        print(out, isQuoted ? "{\"" + name + '"' : name);
        var seen = sample.isQuoted() ? new HashSet<String>() : null;
        var separator = isQuoted ? "," : "{";
        for (var i = 0; i < sample.labels(); i++) {
            var label = shown.escaping().escape(sample.labelName(i), false);
            if (seen != null && !seen.add(label)) {
                throw new SourceException("malformed: two labels become " + label);
            }
            print(out, separator + (Escaping.isLegacy(label, false) ? label : '"' + label + '"') + "=\"");
            separator = ",";
            var from = sample.labelValueFrom(i);
            var to = sample.labelValueTo(i);
            out.write(text, from, to - from);
            var isNumber = toOpen && (sample.isLabel(i, LE) || sample.isLabel(i, QUANTILE));
            print(out, isNumber && Letters.isWhole(text, from, to) ? ".0\"" : "\"");
        }
        print(out, isQuoted || sample.labels() > 0 ? "}" : "");
    }

    private boolean timestamp(String text, Body out) throws SourceException {
        if (text.isEmpty()) {
            return true;
        }
        if (fromOpen == toOpen) {
            print(out, " " + text);
            return true;
        }
        if (fromOpen) {
            var seconds = Double.parseDouble(text);
            if (!(Math.abs(seconds) < MAX_SECONDS)) {
                return false;
            }
            print(out, " " + Math.round(seconds * 1000));
            return true;
        }
        if (!sample.hasWholeTimestamp()) {
            return false;
        }
        print(out, " " + seconds(Long.parseLong(text)));
        return true;
    }

    private static String seconds(long millis) {
        var sign = millis < 0 && millis > -1000 ? "-" : ""; // a whole part of 0 has none
        return sign + millis / 1000 + "."
                + Long.toString(1000 + Math.abs(millis % 1000)).substring(1);
    }

    private static void print(Body out, String latin) throws SourceException {
        var bytes = latin.getBytes(StandardCharsets.ISO_8859_1);
        out.write(bytes, 0, bytes.length);
    }
}
