package dev.outrigger.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.metrics.v1.AggregationTemporality;
import io.opentelemetry.proto.metrics.v1.Metric;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class OtlpExportTest {
    private static final Duration OFTEN = Duration.ofMillis(50);
    private static final String PAGE = """
            # HELP shop_orders_total Orders
            # TYPE shop_orders_total counter
            shop_orders_total{kind="a"} 3
            shop_orders_total{kind="b"} 4
            # TYPE shop_open gauge
            shop_open 1.5
            # TYPE shop_seconds histogram
            shop_seconds_bucket{le="0.5"} 2
            shop_seconds_bucket{le="1"} 5
            shop_seconds_bucket{le="+Inf"} 9
            shop_seconds_sum 7.5
            shop_seconds_count 9
            # TYPE shop_size summary
            shop_size{quantile="0.5"} 8
            shop_size_sum 24
            shop_size_count 3
            """;

    /// What a collector was sent; it fails while told so.
    private static final class Collector {
        final LinkedBlockingQueue<ExportMetricsServiceRequest> requests = new LinkedBlockingQueue<>();
        final Map<String, String> headers = new HashMap<>();
        volatile int status = 200;

        void handle(HttpExchange exchange) throws IOException {
            var request = ExportMetricsServiceRequest.parseFrom(exchange.getRequestBody());
            exchange.getRequestHeaders().forEach((name, values) -> headers.put(name, values.getFirst()));
            MetricsServer.answer(exchange, status, "application/x-protobuf", new byte[0]);
            requests.add(request);
        }

        /// The metrics of all requests up to the one in which one of this name is.
        Map<String, Metric> until(String name) throws InterruptedException {
            var found = new HashMap<String, Metric>();
            while (!found.containsKey(name)) {
                var request = requests.poll(20, TimeUnit.SECONDS);
                assertThat(request).as("a request").isNotNull();
                request.getResourceMetricsList()
                        .forEach(resource -> resource.getScopeMetricsList()
                                .forEach(scope ->
                                        scope.getMetricsList().forEach(metric -> found.put(metric.getName(), metric))));
            }
            return found;
        }
    }

    @Test
    void applicationAndAgentAreExportedWithTheirTypes() throws Exception {
        var collector = new Collector();
        try (var application = MetricsServer.text(PAGE);
                var server = MetricsServer.with(collector::handle)) {
            var merger = MergerUnderTest.ofApplications(application.uri());
            try (var _ = OtlpExport.start(config(server.uri()), merger.merger, merger.registry)) {
                var metrics = collector.until("outrigger_scrape_source_up");

                var orders = metric(metrics, "shop_orders_total").getSum();
                assertThat(orders.getIsMonotonic()).isTrue();
                assertThat(orders.getAggregationTemporality())
                        .isEqualTo(AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE);
                assertThat(orders.getDataPointsList())
                        .extracting(point -> point.getAttributes(0).getKey() + "="
                                + point.getAttributes(0).getValue().getStringValue() + " " + point.getAsDouble())
                        .containsExactly("kind=a 3.0", "kind=b 4.0");
                assertThat(metric(metrics, "shop_orders_total").getDescription())
                        .isEqualTo("Orders");
                var open = metric(metrics, "shop_open").getGauge().getDataPoints(0);
                assertThat(open.getAsDouble()).isEqualTo(1.5);
                assertThat(open.getTimeUnixNano()).isPositive();
                var seconds = metric(metrics, "shop_seconds").getHistogram().getDataPoints(0);
                assertThat(seconds.getCount()).isEqualTo(9);
                assertThat(seconds.getSum()).isEqualTo(7.5);
                assertThat(seconds.getExplicitBoundsList()).containsExactly(0.5, 1.0);
                assertThat(seconds.getBucketCountsList()).containsExactly(2L, 3L, 4L);
                var size = metric(metrics, "shop_size").getSummary().getDataPoints(0);
                assertThat(size.getCount()).isEqualTo(3);
                assertThat(size.getQuantileValues(0).getQuantile()).isEqualTo(0.5);
                assertThat(size.getQuantileValues(0).getValue()).isEqualTo(8);
                assertThat(metrics).containsKeys("outrigger_otlp_exports_total", "outrigger_scrape_failures_total");
                assertThat(collector.headers).containsEntry("X-team", "shop");
            }
        }
    }

    @Test
    void theResourceIsInEachOfManyRequests() throws Exception {
        var collector = new Collector();
        var page = new StringBuilder("# TYPE many gauge\n");
        for (var i = 0; i < 20_000; i++) {
            page.append("many{n=\"").append("x".repeat(100)).append(i).append("\"} 1\n");
        }
        try (var envoy = MetricsServer.text(page.toString());
                var server = MetricsServer.with(collector::handle)) {
            var merger = MergerUnderTest.of(envoy.uri());
            try (var _ = OtlpExport.start(config(server.uri()), merger.merger, merger.registry)) {
                var points = 0;
                while (points < 20_000) {
                    var resource = collector.requests.poll(20, TimeUnit.SECONDS).getResourceMetrics(0);
                    assertThat(resource.getResource().getAttributes(0).getKey()).isEqualTo("service.name");
                    assertThat(resource.getSerializedSize()).isLessThan(2 << 20);
                    for (var metric : resource.getScopeMetrics(0).getMetricsList()) {
                        points += metric.getName().equals("many")
                                ? metric.getGauge().getDataPointsCount()
                                : 0;
                    }
                }
                assertThat(points % 20_000).isZero();
            }
        }
    }

    @Test
    void aCollectorThatFailsIsCountedAndAskedAgain() throws Exception {
        var collector = new Collector();
        collector.status = 503;
        try (var server = MetricsServer.with(collector::handle)) {
            var merger = MergerUnderTest.ofApplications();
            try (var _ = OtlpExport.start(config(server.uri()), merger.merger, merger.registry)) {
                collector.until("outrigger_otlp_exports_total");
                collector.until("outrigger_otlp_exports_total");
                collector.status = 200;
                collector.until("outrigger_otlp_exports_total");
                collector.until("outrigger_otlp_exports_total");
                collector.until("outrigger_otlp_exports_total");
            }

            assertThat(merger.registry.counter("outrigger.otlp.export.failures").count())
                    .isPositive();
            assertThat(merger.registry.counter("outrigger.otlp.exports").count())
                    .isPositive();
        }
    }

    @Test
    void aLifeShorterThanTheIntervalIsExportedWhenItEnds() throws Exception {
        var collector = new Collector();
        try (var application = MetricsServer.text(PAGE);
                var server = MetricsServer.with(collector::handle)) {
            var merger = MergerUnderTest.ofApplications(application.uri());
            var export = OtlpExport.start(
                    config(server.uri(), OtlpTls.DEFAULT, Duration.ofHours(1)), merger.merger, merger.registry);

            export.close();

            assertThat(collector.until("shop_open")).containsKey("outrigger_otlp_exports_total");
            assertThat(collector.requests).isEmpty();
        }
    }

    @Test
    void aCollectorThatNeverAnswersHoldsNoEnd() throws Exception {
        try (var silent = RawServer.silentAfter("")) {
            var merger = MergerUnderTest.ofApplications();
            var export = OtlpExport.start(config(silent.uri()), merger.merger, merger.registry);

            export.close();

            assertThat(merger.registry.counter("outrigger.otlp.exports").count())
                    .isZero();
        }
    }

    @Test
    void aCollectorThatReadsNothingFailsAndNobodyElseIsHarmed() throws Exception {
        var page = new StringBuilder("# TYPE many gauge\n");
        for (var i = 0; i < 20_000; i++) {
            page.append("many{n=\"").append("x".repeat(100)).append(i).append("\"} 1\n");
        }
        try (var envoy = MetricsServer.text(page.toString());
                var silent = RawServer.silentAfter("")) {
            var merger = MergerUnderTest.of(envoy.uri());
            var hurried =
                    new OtlpConfig(silent.uri(), OtlpTls.DEFAULT, Map.of(), Map.of(), OFTEN, Duration.ofMillis(300));
            try (var _ = OtlpExport.start(hurried, merger.merger, merger.registry)) {
                var failures = merger.registry.counter("outrigger.otlp.export.failures");
                while (failures.count() < 2) {
                    assertThat(merger.foreign()).contains("\nmany{").endsWith("19999\"} 1\n");
                }
            }

            assertThat(merger.registry.counter("outrigger.otlp.exports").count())
                    .isZero();
            assertThat(merger.failures("envoy")).isZero();
        }
    }

    @Test
    void aRedirectOrNoHttpIsAFailure() throws Exception {
        for (var answer : new String[] {"HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n", "nonsense\n", ""}) {
            try (var odd = RawServer.closingAfter(answer)) {
                var merger = MergerUnderTest.ofApplications();
                try (var _ = OtlpExport.start(config(odd.uri()), merger.merger, merger.registry)) {
                    while (merger.registry
                                    .counter("outrigger.otlp.export.failures")
                                    .count()
                            == 0) {
                        Thread.onSpinWait();
                    }
                }

                assertThat(merger.registry.counter("outrigger.otlp.exports").count())
                        .isZero();
            }
        }
    }

    @Test
    void aHeaderThatWouldBeTwoIsRefused() {
        assertThatThrownBy(() -> new OtlpConfig(
                        URI.create("http://c:4318/v1/metrics"),
                        OtlpTls.DEFAULT,
                        Map.of("x-team", "a\r\nx-other: b"),
                        Map.of(),
                        OFTEN,
                        OFTEN))
                .hasMessage("otlp-header x-team: a header has a name, and no control characters");
    }

    private static Metric metric(Map<String, Metric> metrics, String name) {
        return Optional.ofNullable(metrics.get(name)).orElseThrow();
    }

    private static OtlpConfig config(URI endpoint) {
        return config(endpoint, OtlpTls.DEFAULT, OFTEN);
    }

    private static OtlpConfig config(URI endpoint, OtlpTls tls, Duration interval) {
        return new OtlpConfig(
                endpoint, tls, Map.of("x-team", "shop"), Map.of("service.name", "x"), interval, Duration.ofSeconds(5));
    }
}
