package dev.outrigger.agent.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// The table of settings in the README is made from {@link Setting}. `bin/readme-settings` writes it.
class ReadmeTest {
    private static final String BEGIN = "<!-- settings: made by bin/readme-settings, checked by a test -->\n";
    private static final String END = "<!-- end of settings -->";

    @Test
    void theTableOfSettingsIsWhatTheProgramHas() throws IOException {
        var file = Path.of("..", "README.md");
        var readme = Files.readString(file);
        var begin = readme.indexOf(BEGIN) + BEGIN.length();
        var end = readme.indexOf(END);
        if (Boolean.getBoolean("outrigger.readme.write")) {
            Files.writeString(file, readme.substring(0, begin) + table() + readme.substring(end));
            return;
        }

        assertThat(readme.substring(begin, end))
                .as("README's settings; bin/readme-settings writes them")
                .isEqualTo(table());
    }

    private static String table() {
        return Arrays.stream(Group.values())
                .map(group -> "\n**" + group.title() + "**\n\n| setting | value | default | what |\n|---|---|---|---|\n"
                        + Arrays.stream(Setting.values())
                                .filter(setting -> setting.group() == group)
                                .map(ReadmeTest::row)
                                .collect(Collectors.joining()))
                .collect(Collectors.joining("", "", "\n"));
    }

    private static String row(Setting setting) {
        var shape = setting.shape();
        var value = shape.isFlag() ? "flag" : "`" + shape.hint().replace("|", "\\|") + "`";
        var fallback = shape.isFlag() || setting.fallback().isEmpty() ? "" : "`" + setting.fallback() + "`";
        return "| `" + setting.key() + "` | " + value + (shape.isRepeatable() ? ", repeatable" : "") + " | " + fallback
                + " | " + setting.help().replace("<", "&lt;") + " |\n";
    }
}
