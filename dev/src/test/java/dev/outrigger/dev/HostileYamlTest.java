package dev.outrigger.dev;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostileYamlTest {
    private static final int ROUNDS = 250;
    private static final List<String> SNIPPETS = List.of(
            "*a",
            "&a ",
            "<<: *agent",
            "!!binary x",
            "? ",
            "- ",
            "{",
            "}",
            "[",
            "]",
            "\"",
            "'",
            ": ",
            "|\n",
            ">\n",
            "null",
            "~",
            ".inf",
            "1e999999999",
            "0x1F",
            "\t",
            "\u0000",
            "\uD800",
            "\"\\uD800\"",
            "---\n",
            "...\n",
            "%YAML 9.9\n",
            "999999999999999999999",
            "\"@type\": 7",
            "\"@type\": type.googleapis.com/google.protobuf.Any",
            "\"@type\": type.googleapis.com/google.protobuf.Struct",
            "*workload-identity",
            "{a: {b: [c]}}",
            "#");

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void aBrokenFileIsProblemsAndNothingElse(long seed) throws Exception {
        var random = new Random(seed);
        var hello = DevFiles.hello();

        for (int i = 0; i < ROUNDS; i++) {
            var broken = hello;
            for (int j = random.nextInt(1, 6); j > 0; j--) {
                broken = broken(broken, random);
            }

            try {
                assertThat(DevFile.parse("dev.yaml", broken).resources(ResourceType.NAMES))
                        .hasSize(1);
            } catch (DevFileException e) {
                assertThat(e.problems()).isNotEmpty().allMatch(p -> p.startsWith("dev.yaml"));
            } catch (RuntimeException | StackOverflowError e) {
                throw new AssertionError("seed " + seed + " round " + i + ":\n" + broken, e);
            }
        }
    }

    private static String broken(String yaml, Random random) {
        int at = random.nextInt(yaml.length() + 1);
        int end = Math.min(yaml.length(), at + random.nextInt(40));
        var lines = yaml.split("\n", -1);
        return switch (random.nextInt(7)) {
            case 0 -> yaml.substring(0, at) + yaml.substring(end);
            case 1 -> yaml.substring(0, at) + SNIPPETS.get(random.nextInt(SNIPPETS.size())) + yaml.substring(at);
            case 2 -> yaml.substring(0, at) + (char) random.nextInt(0x10000) + yaml.substring(at);
            case 3 -> afterColon(lines, random);
            case 4 -> withoutLine(lines, random);
            case 5 -> yaml.substring(0, end) + yaml.substring(at);
            default -> at == 0 ? yaml : yaml.substring(0, at);
        };
    }

    private static String afterColon(String[] lines, Random random) {
        int n = random.nextInt(lines.length);
        int colon = lines[n].indexOf(": ");
        if (colon > 0) {
            lines[n] = lines[n].substring(0, colon + 2) + SNIPPETS.get(random.nextInt(SNIPPETS.size()));
        }
        return String.join("\n", lines);
    }

    private static String withoutLine(String[] lines, Random random) {
        lines[random.nextInt(lines.length)] = "";
        return String.join("\n", lines);
    }
}
