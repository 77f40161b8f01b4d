package dev.outrigger.stats;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/// A strict reader of OpenMetrics 1.0.0, written from its specification: each family once and in one piece, all
/// names of a family its own, no series twice, `# EOF` at the end.
final class OpenExposition {
    private static final Pattern META =
            Pattern.compile("# (TYPE|UNIT|HELP) (\"[^\"]+\"|[a-zA-Z_:][a-zA-Z0-9_:]*) (.*)");
    private static final String PAIR = "(?:\"[^\"]+\"|[a-zA-Z_][a-zA-Z0-9_]*)=\"(?:[^\"\\\\\n]|\\\\[\\\\\"n])*\"";
    private static final String LABELS = "\\{(?:" + PAIR + "(?:," + PAIR + ")*)?\\}";
    private static final String NUMBER = "[+-]?(?:[0-9.]+(?:[eE][+-]?[0-9]+)?|NaN|Inf)";
    private static final Pattern SAMPLE = Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(" + LABELS + ")? " + NUMBER + "( "
            + NUMBER + ")?( # " + LABELS + " " + NUMBER + "( " + NUMBER + ")?)?");
    private static final Pattern BOUND = Pattern.compile("[{,](?:le|quantile)=\"[+-]?[0-9]+\"");

    private final Set<String> names = new HashSet<>();
    private final Set<String> series = new HashSet<>();
    private String family = "";
    private String type = "";

    private OpenExposition() {}

    static void check(String text) {
        assertThat(text).endsWith("\n# EOF\n");
        var reader = new OpenExposition();
        text.substring(0, text.length() - "# EOF\n".length()).lines().forEach(reader::line);
    }

    private void line(String line) {
        var meta = META.matcher(line);
        if (meta.matches()) {
            var name = meta.group(2);
            if (!name.equals(family)) {
                family = name;
                assertThat(meta.group(1)).as(line).isEqualTo("TYPE");
                type = meta.group(3);
                assertThat(type)
                        .isIn(
                                "counter",
                                "gauge",
                                "histogram",
                                "summary",
                                "unknown",
                                "info",
                                "stateset",
                                "gaugehistogram");
                for (var own : suffixes()) {
                    assertThat(names.add(family + own)).as("clash: " + line).isTrue();
                }
                assertThat(suffixes().contains("") || names.add(family))
                        .as("clash: " + line)
                        .isTrue();
            }
            return;
        }
        var sample = SAMPLE.matcher(line);
        assertThat(sample.matches()).as(line).isTrue();
        assertThat(sample.group(1)).as(line).startsWith(family);
        assertThat(suffixes()).as(line).contains(sample.group(1).substring(family.length()));
        assertThat(BOUND.matcher(line).find()).as("canonical: " + line).isFalse();
        assertThat(series.add(sample.group(1) + sample.group(2)))
                .as("twice: " + line)
                .isTrue();
    }

    private List<String> suffixes() {
        return switch (type) {
            case "counter" -> List.of("_total", "_created");
            case "histogram" -> List.of("_bucket", "_sum", "_count", "_created");
            case "summary" -> List.of("", "_sum", "_count", "_created");
            case "gaugehistogram" -> List.of("_bucket", "_gsum", "_gcount");
            case "info" -> List.of("_info");
            default -> List.of("");
        };
    }
}
