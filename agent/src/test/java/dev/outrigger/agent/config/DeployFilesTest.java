package dev.outrigger.agent.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// What lies below `deploy/` names settings that there are. The chart's schema of them is made from {@link
/// Setting}; `bin/readme-settings` writes it.
class DeployFilesTest {
    private static final Path DEPLOY = Path.of("..", "deploy");
    private static final String BEGIN = """
            "$comment": "made by bin/readme-settings, checked by a test",
                  "type": "object",
                  "additionalProperties": false,
                  "properties": {
            """;
    private static final String END = "\n      }\n    }\n  }\n}\n";

    private static final Pattern VARIABLE = Pattern.compile("OUTRIGGER_[A-Z][A-Z_]*");
    private static final Pattern FLAG = Pattern.compile("(?<![\\w-])--[a-z][a-z-]+");
    private static final Pattern YAML_KEY = Pattern.compile("(?m)^#?([a-z]+(?:-[a-z]+)*):");

    /// Those of the launcher.
    private static final Set<String> OTHER_VARIABLES =
            Set.of("OUTRIGGER_JAVA_OPTIONS", "OUTRIGGER_JAVA_HOME", "OUTRIGGER_HOOKS");
    /// Those of other verbs and programs.
    private static final Set<String> OTHER_FLAGS = Set.of(
            "--help",
            "--timeout",
            "--wait",
            "--exit",
            "--target",
            "--from",
            "--set",
            "--month",
            "--system",
            "--group",
            "--home",
            "--gecos",
            "--no-create-home",
            "--quiet");

    @Test
    void everyVariableIsASetting() {
        assertThat(named(VARIABLE, MatchResult::group).filter(name -> !OTHER_VARIABLES.contains(name)))
                .as("variables below deploy/")
                .hasSizeGreaterThan(20)
                .allMatch(name -> Setting.byVariable(name).isPresent());
    }

    @Test
    void everyFlagIsASetting() {
        assertThat(named(FLAG, MatchResult::group).filter(name -> !OTHER_FLAGS.contains(name)))
                .as("flags below deploy/")
                .isNotEmpty()
                .allMatch(name -> Setting.byKey(name.substring(2)).isPresent());
    }

    @Test
    void everyKeyOfTheInstalledFileIsASetting() throws IOException {
        var keys = YAML_KEY.matcher(Files.readString(DEPLOY.resolve("debian/outrigger.yaml")))
                .results()
                .map(key -> key.group(1))
                .toList();

        assertThat(keys)
                .contains("control-plane")
                .allMatch(key -> Setting.byKey(key).isPresent());
    }

    @Test
    void theSchemaOfTheChartHasEverySetting() throws IOException {
        var file = DEPLOY.resolve("helm/outrigger/values.schema.json");
        var schema = Files.readString(file);
        var begin = schema.indexOf(BEGIN) + BEGIN.length();
        assertThat(schema).contains(BEGIN).endsWith(END);
        var end = Math.max(begin, schema.length() - END.length());
        if (Boolean.getBoolean("outrigger.readme.write")) {
            Files.writeString(file, schema.substring(0, begin) + properties() + END);
            return;
        }

        assertThat(schema.substring(begin, end))
                .as("the chart's schema of settings; bin/readme-settings writes it")
                .isEqualTo(properties());
    }

    private static String properties() {
        return Arrays.stream(Setting.values())
                .filter(setting -> setting != Setting.CONFIG)
                .map(setting -> "        \"%s\": {\"description\": \"%s\", %s}"
                        .formatted(setting.key(), json(setting.help()), type(setting.shape())))
                .collect(Collectors.joining(",\n"));
    }

    private static String type(Shape shape) {
        if (shape.isRepeatable()) {
            return "\"type\": [\"array\", \"string\"], \"items\": {\"type\": \"string\"}";
        }
        if (shape.isFlag()) {
            return "\"enum\": [true, false, \"true\", \"false\"]";
        }
        return shape.choices().isEmpty()
                ? "\"type\": [\"string\", \"number\"]"
                : "\"enum\": [" + quoted(shape.choices()) + "]";
    }

    private static String quoted(List<String> choices) {
        return choices.stream().map(choice -> "\"" + json(choice) + "\"").collect(Collectors.joining(", "));
    }

    private static String json(String text) {
        return text.replace("\\", "\\\\").replace("\"", "\\\"");
    }

    private static Stream<String> named(Pattern pattern, Function<MatchResult, String> name) {
        try (var files = Files.walk(DEPLOY)) {
            return files
                    .filter(Files::isRegularFile)
                    .flatMap(file -> pattern.matcher(read(file)).results().map(name))
                    .toList()
                    .stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
