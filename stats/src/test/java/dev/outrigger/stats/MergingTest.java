package dev.outrigger.stats;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MergingTest {
    @Test
    void allSourcesAreInOneAnswer() throws Exception {
        try (var envoy = MetricsServer.text("# TYPE envoy_a counter\nenvoy_a{x=\"1\"} 5\n");
                var application = MetricsServer.text("# HELP app_b some help\n# TYPE app_b gauge\napp_b 1.5\n")) {
            var merger = MergerUnderTest.of(envoy.uri(), application.uri());

            var families = Exposition.read(merger.scrape());

            assertThat(families).containsKeys("envoy_a", "app_b", "outrigger_scrape_failures_total");
            assertThat(Exposition.family(families, "app_b").help).isEqualTo("some help");
            assertThat(Exposition.family(families, "envoy_a").samples).containsEntry("envoy_a{x=\"1\"}", "5");
            assertThat(merger.failures("envoy") + merger.failures("application") + merger.failures("agent"))
                    .isZero();
        }
    }

    @Test
    void aFamilyOfTwoSourcesIsJoinedUnderOneTypeAndTheFirstHelp() throws Exception {
        try (var envoy = MetricsServer.text("# TYPE a counter\na{from=\"envoy\"} 1\n# TYPE z gauge\nz 1\n");
                var first = MetricsServer.text("# HELP a of the first\n# TYPE a counter\na{from=\"first\"} 2\n");
                var second = MetricsServer.text("# HELP a of the second\n# TYPE a counter\na{from=\"second\"} 3\n")) {
            var merger = MergerUnderTest.of(envoy.uri(), first.uri(), second.uri());

            assertThat(merger.foreign()).isEqualTo("""
                    # HELP a of the first
                    # TYPE a counter
                    a{from="envoy"} 1
                    a{from="first"} 2
                    a{from="second"} 3
                    # TYPE z gauge
                    z 1
                    """);
        }
    }

    @Test
    void ofTwoTypesTheFirstWinsAndTheOthersSamplesAreCounted() throws Exception {
        try (var envoy = MetricsServer.text("# TYPE a counter\na 1\n");
                var first = MetricsServer.text("# TYPE a gauge\na{x=\"1\"} 2\n# TYPE b gauge\nb 1\n");
                var second = MetricsServer.text("# TYPE b counter\nb{x=\"1\"} 3\nb{x=\"2\"} 3\n")) {
            var merger = MergerUnderTest.of(envoy.uri(), first.uri(), second.uri());

            assertThat(merger.foreign()).isEqualTo("""
                    # TYPE a counter
                    a 1
                    # TYPE b gauge
                    b 1
                    """);
            assertThat(merger.dropped("application", "conflict")).isEqualTo(3);
        }
    }

    @Test
    void aCounterCalledAsThePartOfAHistogramIsAConflict() throws Exception {
        try (var envoy = MetricsServer.text("# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\n");
                var application = MetricsServer.text("# TYPE h_count counter\nh_count 9\n# TYPE ok gauge\nok 1\n")) {
            var merger = MergerUnderTest.of(envoy.uri(), application.uri());

            assertThat(merger.foreign()).contains("h_count 1\n", "ok 1\n").doesNotContain("h_count 9");
            assertThat(merger.dropped("application", "conflict")).isEqualTo(1);
        }
    }

    @Test
    void ofOneSeriesInTwoSourcesTheFirstStaysHoweverItIsWritten() throws Exception {
        try (var envoy = MetricsServer.text("# TYPE a gauge\na{x=\"1\",y=\"2\"} 1\na 1\n");
                var first =
                        MetricsServer.text("# TYPE a gauge\na{ y=\"2\" , x=\"1\", z=\"\" } 2\na{} 2\na{x=\"1\"} 2\n");
                var second = MetricsServer.text("# TYPE a gauge\na{x=\"1\",} 3\na{x=\"3\"} 3 1700000000000\n")) {
            var merger = MergerUnderTest.of(envoy.uri(), first.uri(), second.uri());

            assertThat(merger.foreign()).isEqualTo("""
                    # TYPE a gauge
                    a{x="1",y="2"} 1
                    a 1
                    a{x="1"} 2
                    a{x="3"} 3 1700000000000
                    """);
            assertThat(merger.dropped("application", "duplicate")).isEqualTo(3);
        }
    }

    @Test
    void aSeriesThatOneSourceHasTwiceIsWrittenOnce() throws Exception {
        try (var application = MetricsServer.text("# TYPE a gauge\na{x=\"1\"} 1\na{x=\"2\"} 1\na{x=\"1\"} 3\n")) {
            var merger = MergerUnderTest.ofApplications(application.uri());

            assertThat(merger.foreign()).isEqualTo("# TYPE a gauge\na{x=\"1\"} 1\na{x=\"2\"} 1\n");
        }
    }

    @Test
    void anApplicationsScatteredFamilyIsGathered() throws Exception {
        try (var application =
                MetricsServer.text("a{x=\"1\"} 1\nb 1\na{x=\"2\"} 1\n# TYPE c summary\nc_sum 1\nd 1\nc_count 1\n")) {
            var merger = MergerUnderTest.ofApplications(application.uri());

            assertThat(merger.foreign())
                    .isEqualTo("a{x=\"1\"} 1\na{x=\"2\"} 1\nb 1\n# TYPE c summary\nc_sum 1\nc_count 1\nd 1\n");
        }
    }

    @Test
    void aFamilyThatEnvoyBeginsAgainIsNotWrittenTwice() throws Exception {
        try (var envoy = MetricsServer.text(
                "# TYPE a gauge\na 1\n# TYPE b gauge\nb 1\n# TYPE a counter\na{x=\"1\"} 1\n# TYPE c gauge\nc 1\n")) {
            var merger = MergerUnderTest.of(envoy.uri());

            assertThat(Exposition.samples(merger.foreign())).containsExactly("a 1", "b 1", "c 1");
            assertThat(merger.dropped("envoy", "duplicate")).isEqualTo(1);
        }
    }

    @Test
    void escapesQuotedNamesAndUnusualValuesPassUntouched() throws Exception {
        var text = """
                # HELP a back\\\\slash and \\n newline
                # TYPE a gauge
                a{x="quote \\" brace } comma , \\\\ \\n",y="ümläut ☃"} NaN
                a{x="2"} +Inf
                a{x="3"} -1.5e-07 -12
                # TYPE "my.metric" counter
                {"my.metric","label.with.dots"="1"} 7
                """;
        try (var envoy = MetricsServer.text(text);
                var application = MetricsServer.text(
                        text.replace("a{", "b{").replace(" a ", " b ").replace("my.", "your."))) {
            var merger = MergerUnderTest.of(envoy.uri(), application.uri());

            var any = merger.scrape("text/plain;version=1.0.0;escaping=allow-utf-8");
            var old = merger.scrape("text/plain;version=0.0.4");

            assertThat(any)
                    .startsWith(text)
                    .contains("b{x=\"quote \\\" brace } comma , \\\\ \\n\",y=\"ümläut ☃\"} NaN\n")
                    .contains("# TYPE \"your.metric\" counter\n{\"your.metric\",\"label.with.dots\"=\"1\"} 7\n");
            assertThat(old)
                    .contains("# TYPE my_metric counter\nmy_metric{label_with_dots=\"1\"} 7\n")
                    .contains("# TYPE your_metric counter\nyour_metric{label_with_dots=\"1\"} 7\n")
                    .doesNotContain("my.metric");
        }
    }

    @Test
    void withoutEnvoyAndApplicationsThereAreTheAgentsOwn() throws Exception {
        var merger = MergerUnderTest.ofApplications();

        assertThat(Exposition.read(merger.scrape())).containsKey("outrigger_scrape_failures_total");
    }
}
