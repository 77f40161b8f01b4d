package dev.outrigger.stats;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FilterTest {
    private static final String ENVOY = """
            # TYPE cx_total counter
            cx_total{cluster="a",zone="1"} 1
            cx_total{cluster="b",zone="1"} 2
            # TYPE active gauge
            active{cluster="a"} 3
            # TYPE time histogram
            time_bucket{cluster="a",le="1"} 1
            time_bucket{cluster="a",le="+Inf"} 2
            time_sum{cluster="a"} 0.25
            time_count{cluster="a"} 2
            time_bucket{cluster="b",le="1"} 10
            time_bucket{cluster="b",le="+Inf"} 20
            time_sum{cluster="b"} 0.5
            time_count{cluster="b"} 20
            """;
    private static final String APPLICATION = """
            # TYPE cx_total counter
            cx_total{cluster="x",zone="2"} 5
            # TYPE wait summary
            wait{cluster="a",quantile="0.5"} 1
            wait_sum{cluster="a"} 1
            wait_count{cluster="a"} 4
            # TYPE jobs gauge
            jobs 1
            """;

    private static ScrapeFilter names(List<String> include, List<String> exclude) {
        return new ScrapeFilter(
                include.stream().map(Pattern::compile).toList(),
                exclude.stream().map(Pattern::compile).toList(),
                Optional.empty());
    }

    @Test
    void onlyIncludedAndNoExcludedFamiliesAreThere() throws Exception {
        try (var envoy = MetricsServer.text(ENVOY);
                var application = MetricsServer.text(APPLICATION)) {
            var merger = MergerUnderTest.with(
                    names(List.of("cx_total", "t.*", "jobs"), List.of("tim.")), false, envoy.uri(), application.uri());
            for (var accept : List.of("", "application/openmetrics-text;version=1.0.0")) {
                var merged = merger.scrape(accept);

                assertThat(merged.lines().filter(line -> line.startsWith("# TYPE")))
                        .as(accept)
                        .containsExactlyInAnyOrder(
                                "# TYPE cx" + (accept.isEmpty() ? "_total" : "") + " counter",
                                "# TYPE jobs gauge",
                                "# TYPE outrigger_scrape_source_up gauge");
            }
            assertThat(merger.dropped("envoy", "duplicate")).isZero();
        }
    }

    @Test
    void seriesThatBecomeTheSameAreAddedUp() throws Exception {
        var filter = new ScrapeFilter(List.of(), List.of(), Optional.of(Set.of("zone", "source")));
        try (var envoy = MetricsServer.text(ENVOY);
                var application = MetricsServer.text(APPLICATION)) {
            var merger = MergerUnderTest.with(filter, false, envoy.uri(), application.uri());

            var merged = merger.scrape();

            Exposition.read(merged);
            assertThat(merged).startsWith("""
                    # TYPE cx_total counter
                    cx_total{zone="1"} 3
                    cx_total{zone="2"} 5
                    # TYPE active gauge
                    active 3
                    # TYPE time histogram
                    time_bucket{le="1"} 11
                    time_bucket{le="+Inf"} 22
                    time_sum 0.75
                    time_count 22
                    """);
            assertThat(merged)
                    .contains("# TYPE wait summary\nwait_sum 1\nwait_count 4\n")
                    .doesNotContain("quantile");
            OpenExposition.check(merger.scrape("application/openmetrics-text;version=1.0.0"));
        }
    }
}
