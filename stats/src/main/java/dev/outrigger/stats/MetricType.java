package dev.outrigger.stats;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Types of both text formats. <https://prometheus.io/docs/instrumenting/exposition_formats/>,
/// <https://prometheus.io/docs/specs/om/open_metrics_spec/>
enum MetricType {
    COUNTER("counter", "counter", 0),
    GAUGE("gauge", "gauge", 1),
    HISTOGRAM("histogram", "histogram", 4),
    SUMMARY("summary", "summary", 2),
    UNTYPED("untyped", "unknown", 3),
    /// OpenMetrics only, as all that follow.
    INFO("gauge", "info", 1),
    STATE_SET("gauge", "stateset", 1),
    GAUGE_HISTOGRAM("gauge", "gaugehistogram", 5);

    private static final List<String> PLAIN = List.of("");
    private static final List<String> OF_HISTOGRAM = List.of("", "_bucket", "_sum", "_count");
    private static final List<String> OF_SUMMARY = List.of("", "_sum", "_count");
    private static final List<String> OF_GAUGES = List.of("", "_bucket", "_gsum", "_gcount");
    private static final byte[][] PLAIN_BYTES = bytes(PLAIN);
    private static final byte[][] HISTOGRAM_BYTES = bytes(OF_HISTOGRAM);
    private static final byte[][] SUMMARY_BYTES = bytes(OF_SUMMARY);
    private static final byte[][] GAUGES_BYTES = bytes(OF_GAUGES);

    private final String word;
    private final String openWord;
    private final int number;

    MetricType(String word, String openWord, int number) {
        this.word = word;
        this.openWord = openWord;
        this.number = number;
    }

    /// As it is written in a TYPE line of the text format.
    String word() {
        return word;
    }

    /// As it is written in a TYPE line of OpenMetrics.
    String openWord() {
        return openWord;
    }

    /// In the enum `io.prometheus.client.MetricType`.
    int number() {
        return number;
    }

    /// Null when there is no such number.
    static @Nullable MetricType numbered(long number) {
        for (var type : values()) {
            if (type.number == number) {
                return type;
            }
        }
        return null;
    }

    /// What the names of samples add to the family's name.
    static List<String> suffixes(@Nullable MetricType type) {
        return switch (type) {
            case HISTOGRAM -> OF_HISTOGRAM;
            case SUMMARY -> OF_SUMMARY;
            case GAUGE_HISTOGRAM -> OF_GAUGES;
            case null, default -> PLAIN;
        };
    }

    /// The same as bytes.
    static byte[][] suffixBytes(@Nullable MetricType type) {
        return switch (type) {
            case HISTOGRAM -> HISTOGRAM_BYTES;
            case SUMMARY -> SUMMARY_BYTES;
            case GAUGE_HISTOGRAM -> GAUGES_BYTES;
            case null, default -> PLAIN_BYTES;
        };
    }

    /// The family's name in OpenMetrics: a counter's and an info's is shorter than that of its samples.
    static String openName(String family, @Nullable MetricType type) {
        return family.substring(0, family.length() - openSuffix(family, type).length());
    }

    /// What a family is called here: as its samples are, as in the text format.
    static String nameOfOpen(String openName, @Nullable MetricType type) {
        return switch (type) {
            case COUNTER -> openName.endsWith("_total") ? openName : openName + "_total";
            case INFO -> openName.endsWith("_info") ? openName : openName + "_info";
            case null, default -> openName;
        };
    }

    /// All names that only this family may have.
    ///
    /// @param open whether OpenMetrics is written, where a counter `x_total` is the family `x` and has
    ///     `x_created` too
    static List<String> names(String family, @Nullable MetricType type, boolean open) {
        var names = new ArrayList<String>();
        suffixes(type).forEach(suffix -> names.add(family + suffix));
        if (open) {
            var openName = openName(family, type);
            if (!openName.equals(family)) {
                names.add(openName);
            }
            if (hasCreated(family, type)) {
                names.add(openName + "_created");
            }
        }
        return names;
    }

    /// Whether its samples in OpenMetrics may tell when they began to count.
    static boolean hasCreated(String family, @Nullable MetricType type) {
        return type == HISTOGRAM || type == SUMMARY || (type == COUNTER && family.endsWith("_total"));
    }

    /// Null when the text format has no such type.
    static @Nullable MetricType of(String word) {
        return switch (word) {
            case "counter" -> COUNTER;
            case "gauge" -> GAUGE;
            case "histogram" -> HISTOGRAM;
            case "summary" -> SUMMARY;
            case "untyped" -> UNTYPED;
            default -> null;
        };
    }

    /// Null when OpenMetrics has no such type.
    static @Nullable MetricType ofOpen(String word) {
        return switch (word) {
            case "info" -> INFO;
            case "stateset" -> STATE_SET;
            case "gaugehistogram" -> GAUGE_HISTOGRAM;
            // What the first clients wrote.
            case "unknown", "untyped" -> UNTYPED;
            default -> of(word);
        };
    }

    private static byte[][] bytes(List<String> suffixes) {
        return suffixes.stream()
                .map(suffix -> suffix.getBytes(StandardCharsets.ISO_8859_1))
                .toArray(byte[][]::new);
    }

    private static String openSuffix(String family, @Nullable MetricType type) {
        return switch (type) {
            case COUNTER -> family.endsWith("_total") ? "_total" : "";
            case INFO -> family.endsWith("_info") ? "_info" : "";
            case null, default -> "";
        };
    }
}
