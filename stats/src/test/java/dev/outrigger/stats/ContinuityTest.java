package dev.outrigger.stats;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ContinuityTest {
    private static String page(int requests, int idle, int active) {
        return """
                # TYPE rq_total counter
                rq_total{c="a"} %d
                rq_total{c="b"} %d
                # TYPE active gauge
                active{c="a"} %d
                # TYPE time histogram
                time_bucket{c="a",le="1"} %d
                time_bucket{c="a",le="+Inf"} %d
                time_sum{c="a"} %d.5
                time_count{c="a"} %d
                """.formatted(requests, idle, active, requests, requests, requests, requests);
    }

    @Test
    void countersAndHistogramsGoOnFromWhatWasShownLastAndGaugesDoNot() throws Exception {
        var text = new AtomicReference<>(page(7, 0, 3));
        try (var envoy = MetricsServer.with(exchange -> MetricsServer.answer(
                exchange, 200, MetricsServer.TEXT, text.get().getBytes(StandardCharsets.UTF_8)))) {
            var merger = MergerUnderTest.with(ScrapeFilter.NONE, true, envoy.uri());
            assertThat(merger.scrape()).startsWith(page(7, 0, 3));

            merger.envoyEnds = 1;
            text.set(page(0, 0, 0));
            var afterTheFirst = merger.foreign();
            text.set(page(2, 1, 1));
            var later = merger.foreign();
            merger.envoyEnds = 2;
            text.set(page(1, 0, 0));
            var afterTheSecond = merger.scrape("application/openmetrics-text;version=1.0.0");

            assertThat(afterTheFirst)
                    .contains("rq_total{c=\"a\"} 7\n", "rq_total{c=\"b\"} 0\n", "active{c=\"a\"} 0\n")
                    .contains("le=\"+Inf\"} 7\n", "time_sum{c=\"a\"} 8\n", "time_count{c=\"a\"} 7\n");
            assertThat(later).contains("rq_total{c=\"a\"} 9\n", "rq_total{c=\"b\"} 1\n", "time_sum{c=\"a\"} 10\n");
            assertThat(afterTheSecond)
                    .contains(
                            "rq_total{c=\"a\"} 10\n", "rq_total{c=\"b\"} 1\n", "time_bucket{c=\"a\",le=\"1.0\"} 10\n");
            OpenExposition.check(afterTheSecond);
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void noSeriesEverFalls(long seed) {
        var random = new Random(seed);
        var ends = new long[1];
        var continuity = new Continuity(() -> ends[0]);
        var values = new HashMap<Long, Double>();
        var last = new HashMap<Long, Double>();
        for (var step = 0; step < 200; step++) {
            if (random.nextInt(10) == 0) {
                ends[0]++;
                values.clear();
            }
            var envoy = continuity.envoy();
            for (var i = 0; i < 100; i++) {
                var hash = random.nextInt(3000) * 0x9E3779B97F4A7C15L + 1;
                var value = values.merge(hash, (double) random.nextInt(3), Double::sum);
                var shown = continuity.shown(envoy, hash, value);

                assertThat(shown).isGreaterThanOrEqualTo(last.getOrDefault(hash, 0.0));
                last.put(hash, shown);
            }
        }
    }

    @Test
    void whatIsRememberedIsBounded() {
        var continuity = new Continuity(() -> 0);
        for (var i = 1L; i < 2L * Continuity.MOST; i++) {
            continuity.shown(0, i * 0x9E3779B97F4A7C15L, 5);
        }

        assertThat(continuity.size()).isEqualTo(Continuity.MOST);
    }
}
