package dev.outrigger.stats;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// What `deploy/` asks of the merger's own metrics exists.
class DeployTest {
    private static final Pattern OURS = Pattern.compile("\\b(outrigger_scrape_[a-z_]+)");

    @Test
    void theMetricsOfScrapesThatDashboardAndRulesNameAreInAScrape() throws Exception {
        try (var envoy = MetricsServer.text("# TYPE e gauge\ne 1\n")) {
            var merger = MergerUnderTest.of(envoy.uri());
            merger.scrape();
            var scrape = merger.scrape();
            var wanted = new TreeSet<String>();
            for (var file : new String[] {"grafana-dashboard.json", "prometheus-rules.yaml"}) {
                var found = OURS.matcher(Files.readString(Path.of("..", "deploy", file)));
                while (found.find()) {
                    wanted.add(found.group(1));
                }
            }

            assertThat(wanted).isNotEmpty();
            for (var name : wanted) {
                assertThat(scrape).as(name).containsPattern("(?m)^" + name + "(\\{| )");
            }
        }
    }
}
