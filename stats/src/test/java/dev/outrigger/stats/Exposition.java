package dev.outrigger.stats;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/// A strict reader of the text format, written from its description and independently of the one that is tested: each
/// family once and in one piece, TYPE before the samples, no series twice.
final class Exposition {
    private static final Pattern TYPE = Pattern.compile("# TYPE (\\S+) (counter|gauge|histogram|summary|untyped)");
    private static final Pattern HELP = Pattern.compile("# HELP (\\S+) (.+)");
    private static final String NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
    private static final String PAIR = "[a-zA-Z_][a-zA-Z0-9_]*=\"(?:[^\"\\\\\n]|\\\\[\\\\\"n])*\"";
    private static final Pattern SAMPLE = Pattern.compile("(" + NAME + ")(\\{(?:" + PAIR + "(?:," + PAIR
            + ")*,?)?\\})? ([+-]?(?:[0-9.]+(?:[eE][+-]?[0-9]+)?|NaN|Inf))( -?[0-9]+)?");
    private static final Pattern QUOTED = Pattern.compile("\\{\"((?:[^\"\\\\]|\\\\.)+)\".*\\} \\S+");

    static final class Family {
        String type = "";
        String help = "";
        final Map<String, String> samples = new LinkedHashMap<>();
    }

    private final Map<String, Family> families = new LinkedHashMap<>();
    private final Set<String> over = new HashSet<>();
    private String current = "";

    static Map<String, Family> read(String text) {
        assertThat(text.isEmpty() || text.endsWith("\n"))
                .as("ends with a newline")
                .isTrue();
        var reader = new Exposition();
        text.lines().forEach(reader::line);
        return reader.families;
    }

    static Family family(Map<String, Family> families, String name) {
        return families.getOrDefault(name, new Family());
    }

    /// All series with their values.
    static List<String> samples(String text) {
        var samples = new ArrayList<String>();
        read(text).values().forEach(family -> family.samples.forEach((key, value) -> samples.add(key + " " + value)));
        return samples;
    }

    private void line(String line) {
        if (line.startsWith("#")) {
            var help = HELP.matcher(line);
            var type = TYPE.matcher(line);
            if (help.matches()) {
                enter(help.group(1)).help = help.group(2);
            } else {
                assertThat(type.matches()).as(line).isTrue();
                var family = enter(type.group(1));
                assertThat(family.type).as("one TYPE: " + line).isEmpty();
                assertThat(family.samples).as("TYPE first: " + line).isEmpty();
                family.type = type.group(2);
            }
            return;
        }
        sample(line);
    }

    private void sample(String line) {
        var quoted = QUOTED.matcher(line);
        var match = SAMPLE.matcher(line);
        assertThat(quoted.matches() || match.matches()).as(line).isTrue();
        var name = quoted.matches() ? '"' + quoted.group(1) + '"' : match.group(1);
        var end = line.lastIndexOf('}') + 1;
        var key = line.substring(0, end > 0 ? end : line.indexOf(' '));
        var family = belongs(name) ? enter(current) : enter(name);
        assertThat(family.samples.put(key, line.substring(key.length() + 1)))
                .as("twice: " + line)
                .isNull();
    }

    private boolean belongs(String name) {
        var family = families.get(current);
        if (family == null || !name.startsWith(current)) {
            return false;
        }
        var suffixes = switch (family.type) {
            case "histogram" -> List.of("_bucket", "_sum", "_count");
            case "summary" -> List.of("", "_sum", "_count");
            default -> List.of("");
        };
        return suffixes.contains(name.substring(current.length()));
    }

    private Family enter(String name) {
        if (!name.equals(current)) {
            over.add(current);
            assertThat(over).as("in one piece").doesNotContain(name);
            current = name;
        }
        return families.computeIfAbsent(name, _ -> new Family());
    }
}
