package dev.outrigger.stats;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// What a family is: its name, type, help and unit, and how a format tells them.
///
/// @param name as its samples are called, bytes one to one, without quotes
/// @param type null when it is not known
/// @param help with `\\` and `\n` as escapes, empty when there is none
/// @param unit empty when there is none
record Head(String name, @Nullable MetricType type, String help, String unit) {
    private static final String END = "# EOF\n";

    /// Writes as much of it as is known.
    ///
    /// A counter whose name does not end in `_total` is of an unknown type in OpenMetrics, as the Prometheus
    /// clients do it: its samples would have to be renamed otherwise.
    void writeTo(OutputStream out, Format format) throws IOException {
        out.write(bytes(format));
    }

    /// The same as bytes.
    byte[] bytes(Format format) {
        var text = new StringBuilder();
        if (format.isOpenMetrics()) {
            var written = MetadataLine.written(MetricType.openName(name, type));
            var isCounter = type != MetricType.COUNTER || name.endsWith("_total");
            var word = type == null || !isCounter ? MetricType.UNTYPED.openWord() : type.openWord();
            text.append("# TYPE ").append(written).append(' ').append(word).append('\n');
            if (!unit.isEmpty() && MetricType.openName(name, type).endsWith("_" + unit)) {
                text.append("# UNIT ").append(written).append(' ').append(unit).append('\n');
            }
            help(text, written, escaped().replace("\"", "\\\""));
        } else {
            var written = MetadataLine.written(name);
            help(text, written, escaped());
            if (type != null) {
                text.append("# TYPE ")
                        .append(written)
                        .append(' ')
                        .append(type.word())
                        .append('\n');
            }
        }
        return text.toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    /// Writes what a format ends with.
    static void writeEnd(OutputStream out, Format format) throws IOException {
        if (format.isOpenMetrics()) {
            out.write(END.getBytes(StandardCharsets.ISO_8859_1));
        }
    }

    private static void help(StringBuilder text, String written, String help) {
        if (!help.isEmpty()) {
            text.append("# HELP ").append(written).append(' ').append(help).append('\n');
        }
    }

    /// Strict readers take no other escapes than those of the format.
    private String escaped() {
        if (help.indexOf('\\') < 0) {
            return help;
        }
        var text = new StringBuilder();
        for (var i = 0; i < help.length(); i++) {
            var letter = help.charAt(i);
            text.append(letter);
            if (letter == '\\') {
                var next = i + 1 < help.length() ? help.charAt(i + 1) : ' ';
                if (next == '\\' || next == 'n') {
                    text.append(next);
                    i++;
                } else {
                    text.append('\\');
                }
            }
        }
        return text.toString();
    }
}
