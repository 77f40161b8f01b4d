package dev.outrigger.stats;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OpenMetricsTest {
    @Test
    void everyTypeIsWrittenAsThePrometheusClientsDo() throws Exception {
        try (var application = MetricsServer.openMetrics("""
                # HELP requests Number of \\"requests\\".
                # TYPE requests counter
                # UNIT requests requests
                requests_total{code="200"} 5 1520879607.789 # {trace_id="a # b"} 1.0 1520879607.123
                requests_created{code="200"} 1520430000.123
                # TYPE up gauge
                up 1.0
                # TYPE strange unknown
                strange 3
                # TYPE build info
                build_info{version="1"} 1
                # TYPE light stateset
                light{light="on"} 1
                # TYPE t histogram
                t_bucket{le="1.0"} 1 # {id="x"} 0.5
                t_bucket{le="+Inf"} 2
                t_count 2
                t_sum 3.0
                t_created 1520430000
                # TYPE s summary
                s{quantile="0.5"} 1
                s_count 1
                s_sum 1
                # TYPE g gaugehistogram
                g_bucket{le="+Inf"} 2
                g_gcount 2
                g_gsum 3
                # TYPE "dotted.name" counter
                {"dotted.name_total"} 1
                # EOF
                """)) {
            var merger = MergerUnderTest.ofApplications(application.uri());

            assertThat(merger.foreign()).isEqualTo("""
                    # HELP requests_total Number of "requests".
                    # TYPE requests_total counter
                    requests_total{code="200"} 5 1520879607789
                    # HELP requests_created Number of "requests".
                    # TYPE requests_created gauge
                    requests_created{code="200"} 1520430000.123
                    # TYPE up gauge
                    up 1.0
                    # TYPE strange untyped
                    strange 3
                    # TYPE build_info gauge
                    build_info{version="1"} 1
                    # TYPE light gauge
                    light{light="on"} 1
                    # TYPE t histogram
                    t_bucket{le="1.0"} 1
                    t_bucket{le="+Inf"} 2
                    t_count 2
                    t_sum 3.0
                    # TYPE t_created gauge
                    t_created 1520430000
                    # TYPE s summary
                    s{quantile="0.5"} 1
                    s_count 1
                    s_sum 1
                    # TYPE g_bucket gauge
                    g_bucket{le="+Inf"} 2
                    # TYPE g_gcount gauge
                    g_gcount 2
                    # TYPE g_gsum gauge
                    g_gsum 3
                    # TYPE dotted_name_total counter
                    dotted_name_total 1
                    """);
            assertThat(merger.failures("application")).isZero();
        }
    }

    @Test
    void aCounterJoinsTheSameCounterOfAnotherSource() throws Exception {
        try (var envoy = MetricsServer.text("# TYPE a_total counter\na_total{from=\"envoy\"} 1\n");
                var application = MetricsServer.openMetrics("# TYPE a counter\na_total{from=\"app\"} 2\n# EOF\n")) {
            var merger = MergerUnderTest.of(envoy.uri(), application.uri());

            assertThat(merger.foreign())
                    .isEqualTo("# TYPE a_total counter\na_total{from=\"envoy\"} 1\na_total{from=\"app\"} 2\n");
        }
    }

    @Test
    void withoutEofItIsUsedAndCounted() throws Exception {
        try (var application = MetricsServer.openMetrics("# TYPE a counter\na_total 2\n")) {
            var merger = MergerUnderTest.ofApplications(application.uri());

            assertThat(merger.foreign()).isEqualTo("# TYPE a_total counter\na_total 2\n");
            assertThat(merger.failures("application")).isEqualTo(1);
        }
    }

    @Test
    void whatFollowsEofIsNotRead() throws Exception {
        try (var application = MetricsServer.openMetrics("a 1\n# EOF\n<html>\n")) {
            var merger = MergerUnderTest.ofApplications(application.uri());

            assertThat(merger.foreign()).isEqualTo("# TYPE a untyped\na 1\n");
        }
    }

    @Test
    void aTimestampBeyondAllMeaningIsMalformed() throws Exception {
        try (var application = MetricsServer.openMetrics("a 1 1e999\n# EOF\n")) {
            var merger = MergerUnderTest.ofApplications(application.uri());

            assertThat(merger.foreign()).isEmpty();
            assertThat(merger.failures("application")).isEqualTo(1);
        }
    }
}
