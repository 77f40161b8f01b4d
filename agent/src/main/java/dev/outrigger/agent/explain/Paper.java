package dev.outrigger.agent.explain;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/// Lines of a text for a terminal, at most 100 characters long where words allow. Owned by whoever made it.
final class Paper {
    private static final int WIDTH = 100;
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss.SSS", Locale.ROOT);

    private final StringBuilder text = new StringBuilder();

    /// A line as it is, without what is blank at its end.
    void line(int indent, String line) {
        text.append(" ".repeat(indent)).append(line.stripTrailing()).append('\n');
    }

    /// A label and words beside it, in as many lines as they need.
    void wrapped(int indent, String label, List<String> words) {
        var start = " ".repeat(indent) + String.format(Locale.ROOT, "%-9s", label);
        var line = new StringBuilder(start);
        for (var word : words) {
            if (line.length() > start.length() && line.length() + 1 + word.length() > WIDTH) {
                text.append(line.toString().stripTrailing()).append('\n');
                line = new StringBuilder(" ".repeat(start.length()));
            }
            line.append(word).append(' ');
        }
        text.append(line.toString().stripTrailing()).append('\n');
    }

    /// `08:56:26.123Z (12s ago)`.
    static String moment(Instant at, Instant now) {
        return TIME.format(at.atOffset(ZoneOffset.UTC)) + "Z (" + age(at, now) + " ago)";
    }

    /// `17 B`, `1.2 kB`, `3.4 MB`.
    static String size(long bytes) {
        if (bytes < 1_000) {
            return bytes + " B";
        }
        var unit = bytes < 1_000_000 ? 1_000 : 1_000_000;
        return String.format(Locale.ROOT, "%.1f %s", (double) bytes / unit, unit == 1_000 ? "kB" : "MB");
    }

    private static String age(Instant from, Instant to) {
        var seconds = Math.max(0, Duration.between(from, to).toSeconds());
        if (seconds < 120) {
            return seconds + "s";
        }
        if (seconds < 7_200) {
            return seconds / 60 + "m";
        }
        return seconds < 172_800 ? seconds / 3_600 + "h" : seconds / 86_400 + "d";
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
