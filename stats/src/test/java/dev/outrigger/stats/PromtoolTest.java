package dev.outrigger.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// The rules under `deploy/` and a merged scrape are read by Prometheus's own checker, where there is one.
class PromtoolTest {
    private static final Path RULES = Path.of("..", "deploy", "prometheus-rules.yaml");

    @Test
    void prometheusLoadsTheRules() throws Exception {
        assumeTrue(isInstalled(), "promtool is not on PATH");
        var check = new ProcessBuilder("promtool", "check", "rules", RULES.toString())
                .redirectErrorStream(true)
                .start();
        var said = new String(check.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(check.waitFor()).as(said).isZero();
    }

    @Test
    void prometheusReadsAMergedScrape() throws Exception {
        assumeTrue(isInstalled(), "promtool is not on PATH");
        try (var envoy = MetricsServer.text("# TYPE a counter\na 1\n");
                var application = MetricsServer.text("# TYPE b gauge\nb 1\n# TYPE a counter\na{x=\"1\"} 2\n")) {
            var scrape = Files.createTempFile("scrape", ".txt");
            Files.writeString(
                    scrape, MergerUnderTest.of(envoy.uri(), application.uri()).scrape());
            var check = new ProcessBuilder("promtool", "check", "metrics")
                    .redirectInput(scrape.toFile())
                    .redirectErrorStream(true)
                    .start();
            var said = new String(check.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            Files.delete(scrape);

            // 3 is advice about names, 1 is text that cannot be read
            assertThat(check.waitFor()).as(said).isIn(0, 3);
        }
    }

    private static boolean isInstalled() {
        return Pattern.compile(File.pathSeparator)
                .splitAsStream(System.getenv().getOrDefault("PATH", ""))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, "promtool")));
    }
}
