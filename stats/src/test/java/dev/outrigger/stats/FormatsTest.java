package dev.outrigger.stats;

import static org.assertj.core.api.Assertions.assertThat;

import io.prometheus.metrics.expositionformats.generated.com_google_protobuf_4_35_0.Metrics.LabelPair;
import io.prometheus.metrics.expositionformats.generated.com_google_protobuf_4_35_0.Metrics.MetricFamily;
import io.prometheus.metrics.expositionformats.generated.com_google_protobuf_4_35_0.Metrics.MetricType;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class FormatsTest {
    private static final String OPEN = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8";
    private static final String PROTOBUF =
            "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";
    private static final String ENVOY = """
            # TYPE cx_total counter
            cx_total{envoy_cluster_name="a"} 1
            cx_total{envoy_cluster_name="b"} 2
            # TYPE stale counter
            stale{envoy_cluster_name="a"} 0
            # TYPE active gauge
            active{envoy_cluster_name="a"} 3
            # TYPE time histogram
            time_bucket{envoy_cluster_name="a",le="0.5"} 1
            time_bucket{envoy_cluster_name="a",le="1"} 2
            time_bucket{envoy_cluster_name="a",le="+Inf"} 2
            time_sum{envoy_cluster_name="a"} 1.25
            time_count{envoy_cluster_name="a"} 2
            """;
    private static final String APPLICATION = """
            # TYPE jobs counter
            # UNIT jobs seconds
            # HELP jobs Said "done".
            jobs_total{kind="x"} 5 1700000000.5 # {trace_id="4bf9"} 0.67 1700000000.1
            jobs_created{kind="x"} 1600000000.0
            # TYPE cx counter
            cx_total{envoy_cluster_name="b"} 77
            cx_total{envoy_cluster_name="app"} 7
            # TYPE build info
            build_info{version="1"} 1
            # TYPE lag gauge
            lag  4
            # EOF
            """;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''|TEXT|UNDERSCORES",
                "*/*|TEXT|UNDERSCORES",
                "text/plain|TEXT|UNDERSCORES",
                "text/plain;version=1.0.0|TEXT_1|UNDERSCORES",
                "text/plain; version=1.0.0; escaping=allow-utf8|TEXT_1|ALLOW_UTF_8",
                "text/plain;version=2.0.0|TEXT|UNDERSCORES",
                "application/openmetrics-text|OPEN_METRICS_0|UNDERSCORES",
                "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.6|TEXT|UNDERSCORES",
                "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,*/*;q=0.2|OPEN_METRICS_1|ALLOW_UTF_8",
                "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7,text/plain;q=0.6|PROTOBUF|UNDERSCORES",
                "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text|TEXT|UNDERSCORES",
                "application/openmetrics-text;version=1.0.0;q=0,text/plain;q=0|TEXT|UNDERSCORES",
                "application/openmetrics-text;version=1.0.0;q=NaN|TEXT|UNDERSCORES",
                ";;=,,q=1;;\u0000|TEXT|UNDERSCORES"
            })
    void theFormatIsTheBestThatIsKnown(String accept, Format.Syntax syntax, Escaping escaping) {
        assertThat(Negotiation.format(accept)).isEqualTo(new Format(syntax, escaping));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''|IDENTITY",
                "gzip|GZIP",
                "gzip;q=0|IDENTITY",
                "gzip, zstd|ZSTD",
                "gzip;q=1.0, zstd;q=0.5|GZIP",
                "*|GZIP",
                "*;q=0.1, identity|IDENTITY",
                "br, deflate|IDENTITY",
                "xgzip|IDENTITY",
                "gzip;q=7|IDENTITY"
            })
    void theCompressionIsTheBestThatIsKnown(String accept, Encoding encoding) {
        assertThat(Negotiation.encoding(accept)).isEqualTo(encoding);
    }

    @Test
    void openMetricsKeepsExemplarsUnitsAndTypesAndNamesNoFamilyTwice() throws Exception {
        try (var envoy = MetricsServer.text(ENVOY);
                var application = MetricsServer.openMetrics(APPLICATION)) {
            var merger = MergerUnderTest.of(envoy.uri(), application.uri());

            var merged = merger.scrape(OPEN);

            OpenExposition.check(merged);
            assertThat(merged)
                    .startsWith("""
                            # TYPE cx counter
                            cx_total{envoy_cluster_name="a"} 1
                            cx_total{envoy_cluster_name="b"} 2
                            cx_total{envoy_cluster_name="app"} 7
                            # TYPE stale unknown
                            stale{envoy_cluster_name="a"} 0
                            # TYPE active gauge
                            active{envoy_cluster_name="a"} 3
                            # TYPE time histogram
                            time_bucket{envoy_cluster_name="a",le="0.5"} 1
                            time_bucket{envoy_cluster_name="a",le="1.0"} 2
                            time_bucket{envoy_cluster_name="a",le="+Inf"} 2
                            time_sum{envoy_cluster_name="a"} 1.25
                            time_count{envoy_cluster_name="a"} 2
                            """)
                    .contains("""
                            # HELP jobs Said \\"done\\".
                            jobs_total{kind="x"} 5 1700000000.5 # {trace_id="4bf9"} 0.67 1700000000.1
                            jobs_created{kind="x"} 1600000000.0
                            """)
                    .contains("# TYPE build info\nbuild_info{version=\"1\"} 1\n")
                    .contains("# TYPE lag gauge\nlag 4\n")
                    .endsWith("# EOF\n");
            assertThat(merger.failures("envoy") + merger.failures("application"))
                    .isZero();
        }
    }

    @Test
    void aTextApplicationIsShownInOpenMetrics() throws Exception {
        try (var envoy = MetricsServer.text("# TYPE e gauge\ne 1\n");
                var application = MetricsServer.text("""
                        # HELP lat  a \\d "b"
                        # TYPE lat histogram
                        lat_bucket{le="1", } 2 1700000000123
                        lat_bucket{le="+Inf"} 2 1700000000123
                        lat_sum 1 1700000000123
                        lat_count 2 1700000000123
                        # TYPE jobs gauge
                        jobs 1
                        # TYPE jobs_total counter
                        jobs_total 2
                        """)) {
            var merged = MergerUnderTest.of(envoy.uri(), application.uri()).scrape(OPEN);

            OpenExposition.check(merged);
            assertThat(merged)
                    .contains("lat_bucket{le=\"1.0\"} 2 1700000000.123\n")
                    .contains("# TYPE jobs gauge\njobs 1\n# TYPE jobs_total unknown\njobs_total 2\n");
        }
    }

    @Test
    void messagesHaveAllSourcesAndNoMetricTwice() throws Exception {
        try (var envoy = MetricsServer.text(ENVOY);
                var application = MetricsServer.openMetrics(APPLICATION)) {
            var merger = MergerUnderTest.of(envoy.uri(), application.uri());

            var families = families(merger.bytes(new ScrapeRequest(PROTOBUF, "", Optional.empty())));

            var total = family(families, "cx_total");
            assertThat(total.getMetricList().stream()
                            .map(metric -> metric.getCounter().getValue()))
                    .containsExactly(1.0, 2.0, 7.0);
            assertThat(total.getType()).isEqualTo(MetricType.COUNTER);
            var time = family(families, "time").getMetric(0).getHistogram();
            assertThat(time.getSampleCount()).isEqualTo(2);
            assertThat(time.getSampleSum()).isEqualTo(1.25);
            assertThat(time.getBucketList().stream().map(bucket -> bucket.getUpperBound()))
                    .containsExactly(0.5, 1.0, Double.POSITIVE_INFINITY);
            assertThat(families).containsKeys("stale", "active", "jobs_total", "lag", "outrigger_scrape_source_up");
            assertThat(family(families, "jobs_total").getMetric(0).getTimestampMs())
                    .isEqualTo(1700000000500L);
        }
    }

    @Test
    void messagesPassAsTheyCameAndJoinOthers() throws Exception {
        var native_ = MetricFamily.newBuilder().setName("time").setType(MetricType.HISTOGRAM);
        native_.addMetricBuilder()
                .addLabel(label("c", "1"))
                .getHistogramBuilder()
                .setSampleCount(3)
                .setSchema(3)
                .setZeroThreshold(0.01)
                .addPositiveDelta(2);
        var shared = MetricFamily.newBuilder().setName("s").setType(MetricType.GAUGE);
        shared.addMetricBuilder().addLabel(label("c", "1")).getGaugeBuilder().setValue(1);
        var other = MetricFamily.newBuilder().setName("s").setType(MetricType.GAUGE);
        other.addMetricBuilder().addLabel(label("c", "1")).getGaugeBuilder().setValue(9);
        other.addMetricBuilder().addLabel(label("ü.x", "2")).getGaugeBuilder().setValue(2);
        try (var envoy = MetricsServer.bytes(PROTOBUF, delimited(native_.build(), shared.build()));
                var application = MetricsServer.bytes(PROTOBUF, delimited(other.build()))) {
            var merger = MergerUnderTest.of(envoy.uri(), application.uri());

            var families = families(merger.bytes(new ScrapeRequest(PROTOBUF, "", Optional.empty())));

            assertThat(family(families, "time")).isEqualTo(native_.build());
            assertThat(family(families, "s").getMetricList().stream()
                            .map(it -> it.getGauge().getValue()))
                    .containsExactly(1.0, 2.0);
            assertThat(family(families, "s").getMetric(1).getLabel(0).getName()).isEqualTo("__x");
            assertThat(merger.dropped("application", "duplicate")).isEqualTo(1);
            assertThat(merger.failures("envoy") + merger.failures("application"))
                    .isZero();
        }
    }

    @Test
    void messagesThatNobodyAskedForAreRefused() throws Exception {
        try (var envoy = MetricsServer.text("# TYPE e gauge\ne 1\n");
                var application = MetricsServer.bytes(PROTOBUF, new byte[] {1, 2, 3})) {
            var merger = MergerUnderTest.of(envoy.uri(), application.uri());

            assertThat(merger.scrape()).startsWith("# TYPE e gauge\ne 1\n");
            assertThat(merger.failures("application")).isEqualTo(1);
            assertThat(families(merger.bytes(new ScrapeRequest(PROTOBUF, "", Optional.empty()))))
                    .containsKey("e");
            assertThat(merger.failures("application")).isEqualTo(2);
        }
    }

    @Test
    void compressedAnswersAreTheSame() throws Exception {
        try (var envoy = MetricsServer.text(ENVOY.repeat(1))) {
            var merger = MergerUnderTest.of(envoy.uri());
            var gzip = merger.bytes(new ScrapeRequest("", "gzip", Optional.empty()));
            var zstd = merger.bytes(new ScrapeRequest("", "zstd", Optional.empty()));

            var plain = new String(
                    new GZIPInputStream(new ByteArrayInputStream(gzip)).readAllBytes(), StandardCharsets.UTF_8);
            var other = new String(
                    new com.github.luben.zstd.ZstdInputStreamNoFinalizer(new ByteArrayInputStream(zstd)).readAllBytes(),
                    StandardCharsets.UTF_8);

            assertThat(plain).startsWith(ENVOY);
            assertThat(other).startsWith(ENVOY);
            Exposition.read(plain);
        }
    }

    private static MetricFamily family(Map<String, MetricFamily> families, String name) {
        return families.getOrDefault(name, MetricFamily.getDefaultInstance());
    }

    private static LabelPair label(String name, String value) {
        return LabelPair.newBuilder().setName(name).setValue(value).build();
    }

    private static byte[] delimited(MetricFamily... families) throws IOException {
        var out = new ByteArrayOutputStream();
        for (var family : families) {
            family.writeDelimitedTo(out);
        }
        return out.toByteArray();
    }

    private static Map<String, MetricFamily> families(byte[] answer) throws IOException {
        var families = new LinkedHashMap<String, MetricFamily>();
        var in = new ByteArrayInputStream(answer);
        for (var family = MetricFamily.parseDelimitedFrom(in);
                family != null;
                family = MetricFamily.parseDelimitedFrom(in)) {
            assertThat(families.put(family.getName(), family)).isNull();
        }
        return families;
    }
}
