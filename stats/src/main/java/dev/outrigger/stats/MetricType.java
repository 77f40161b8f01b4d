package dev.outrigger.stats;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Types of the text format 0.0.4. <https://prometheus.io/docs/instrumenting/exposition_formats/>
enum MetricType {
    COUNTER,
    GAUGE,
    HISTOGRAM,
    SUMMARY,
    UNTYPED;

    private static final List<String> PLAIN = List.of("");
    private static final List<String> OF_HISTOGRAM = List.of("", "_bucket", "_sum", "_count");
    private static final List<String> OF_SUMMARY = List.of("", "_sum", "_count");

    /// As it is written in a TYPE line.
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// What the names of samples add to the family's name.
    static List<String> suffixes(@Nullable MetricType type) {
        return switch (type) {
            case HISTOGRAM -> OF_HISTOGRAM;
            case SUMMARY -> OF_SUMMARY;
            case COUNTER, GAUGE, UNTYPED -> PLAIN;
            case null -> PLAIN;
        };
    }

    /// Null when there is no such type.
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
}
