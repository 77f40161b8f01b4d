package dev.outrigger.agent.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// The JVM says nothing of a line that names no class, so a class that is renamed would be compiled late again.
class CompileEarlyTest {
    private static final Pattern LINE = Pattern.compile("CompileThresholdScaling,([\\w.$]+)::\\*,0\\.\\d+");

    @Test
    void everyClassThatIsNamedIsThere() throws IOException {
        var lines = Files.readAllLines(Path.of("../bin/compile-early")).stream()
                .filter(line -> !line.startsWith("#"))
                .toList();

        assertThat(lines.getFirst()).as("else the JVM prints each").isEqualTo("quiet");
        assertThat(lines.subList(1, lines.size())).hasSizeGreaterThan(10).allSatisfy(line -> {
            var named = LINE.matcher(line);
            assertThat(named.matches()).as(line).isTrue();
            assertThatCode(() -> Class.forName(named.group(1), false, getClass().getClassLoader()))
                    .doesNotThrowAnyException();
        });
    }
}
