package dev.outrigger.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class FailingSourcesTest {
    private static final String GOOD = "# TYPE good gauge\ngood 1\n";
    private static final Duration SHORT = Duration.ofMillis(200);
    private static final String HEAD = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n";

    @Test
    void aDeadSourceIsLeftOutAndCounted() throws Exception {
        var dead = closedPort();
        try (var application = MetricsServer.text(GOOD)) {
            var merger = MergerUnderTest.of(dead, dead, application.uri());

            assertThat(Exposition.samples(merger.foreign())).containsExactly("good 1");
            assertThat(merger.failures("envoy")).isEqualTo(1);
            assertThat(merger.failures("application")).isEqualTo(1);
        }
    }

    @Test
    void aFailureOfTheApplicationShowsInTheSameScrape() throws Exception {
        var merger = MergerUnderTest.ofApplications(closedPort());

        assertThat(merger.scrape()).contains("outrigger_scrape_failures_total{source=\"application\"} 1.0");
    }

    @Test
    void everyScrapeTellsWhichSourcesAreInIt() throws Exception {
        var dead = closedPort();
        try (var application = MetricsServer.text(GOOD)) {
            var merged = MergerUnderTest.of(dead, dead, application.uri()).scrape();

            assertThat(Exposition.samples(merged))
                    .contains(
                            up("envoy", SourcesUp.place(dead), 0),
                            up("application", SourcesUp.place(dead), 0),
                            up("application", SourcesUp.place(application.uri()), 1),
                            up("agent", "registry", 1));
        }
    }

    @Test
    void anEnvoyThatClaimsTheFamilyOfTheAgentKeepsItOnce() throws Exception {
        try (var envoy = MetricsServer.text("outrigger_scrape_source_up 5\n")) {
            assertThat(Exposition.samples(MergerUnderTest.of(envoy.uri()).scrape()))
                    .contains("outrigger_scrape_source_up 5");
        }
    }

    @Test
    void aPlaceShowsNoSecret() {
        assertThat(SourcesUp.place(URI.create("http://user:secret@127.0.0.1:80/metrics?token=x")))
                .isEqualTo("127.0.0.1:80/metrics");
    }

    @Test
    void aSourceThatAnswersAnErrorIsLeftOut() throws Exception {
        try (var broken = MetricsServer.with(exchange -> MetricsServer.answer(
                        exchange, 503, MetricsServer.TEXT, GOOD.getBytes(StandardCharsets.UTF_8)));
                var envoy = MetricsServer.text("envoy 1\n")) {
            var merger = MergerUnderTest.of(envoy.uri(), broken.uri());

            assertThat(merger.foreign()).isEqualTo("envoy 1\n");
            assertThat(merger.failures("application")).isEqualTo(1);
        }
    }

    @Test
    void sourcesThatNeverAnswerCostTheirTimeAndNothingElse() throws Exception {
        try (var silent = RawServer.silentAfter("");
                var half = RawServer.silentAfter(HEAD + "\r\nhalf 1\nhal");
                var envoy = MetricsServer.text("envoy 1\n")) {
            var merger = MergerUnderTest.of(SHORT, Optional.of(envoy.uri()), silent.uri(), half.uri());

            assertThat(merger.foreign()).isEqualTo("envoy 1\nhalf 1\n");
            assertThat(merger.failures("application")).isEqualTo(2);
            assertThat(merger.failures("envoy")).isZero();
        }
    }

    @Test
    void anEnvoyThatNeverAnswersIsLeftOut() throws Exception {
        try (var silent = RawServer.silentAfter("");
                var application = MetricsServer.text(GOOD)) {
            var merger = MergerUnderTest.of(SHORT, Optional.of(silent.uri()), application.uri());

            assertThat(merger.foreign()).isEqualTo(GOOD);
            assertThat(merger.failures("envoy")).isEqualTo(1);
        }
    }

    @Test
    void aSourceThatTricklesIsEndedByTheOneLimit() throws Exception {
        try (var trickle = RawServer.talking(out -> {
                    out.write((HEAD + "\r\n").getBytes(StandardCharsets.UTF_8));
                    while (true) {
                        out.write('a');
                        out.flush();
                    }
                });
                var application = MetricsServer.text(GOOD)) {
            var merger = MergerUnderTest.of(SHORT, Optional.of(trickle.uri()), application.uri());

            assertThat(merger.foreign()).isEqualTo(GOOD);
            assertThat(merger.failures("envoy")).isEqualTo(1);
        }
    }

    @Test
    void theScrapersPatienceShortensTheLimit() throws Exception {
        try (var silent = RawServer.silentAfter("");
                var envoy = MetricsServer.text("envoy 1\n")) {
            var merger = MergerUnderTest.of(Duration.ofHours(1), Optional.of(envoy.uri()), silent.uri());

            assertThat(merger.scrape(new ScrapeRequest("", "", Optional.of("0.5"))))
                    .startsWith("envoy 1\n");
            assertThat(merger.failures("application")).isEqualTo(1);
        }
    }

    @Test
    void anEnvoyThatDiesInALineKeepsTheWholeLines() throws Exception {
        var body = "# TYPE a gauge\na 1\n# TYPE good gauge\ngood{x=\"1\"} 2\ngood{x=\"2\"} 34";
        try (var lengthed = RawServer.closingAfter(HEAD + "Content-Length: 9999\r\n\r\n" + body);
                var chunked = RawServer.closingAfter(HEAD + "Transfer-Encoding: chunked\r\n\r\n"
                        + Integer.toHexString(body.length()) + "\r\n" + body + "\r\n");
                var closing = RawServer.closingAfter(HEAD + "\r\n" + body);
                var application = MetricsServer.text(GOOD)) {
            for (var envoy : new RawServer[] {lengthed, chunked, closing}) {
                var merger = MergerUnderTest.of(envoy.uri(), application.uri());

                assertThat(merger.foreign())
                        .isEqualTo("# TYPE a gauge\na 1\n# TYPE good gauge\ngood{x=\"1\"} 2\ngood 1\n");
                assertThat(merger.failures("envoy")).isEqualTo(1);
            }
        }
    }

    @Test
    void anApplicationThatDiesInALineKeepsTheWholeLines() throws Exception {
        var body = "a 1\nb 23";
        try (var lengthed = RawServer.closingAfter(HEAD + "Content-Length: 9999\r\n\r\n" + body);
                var chunked =
                        RawServer.closingAfter(HEAD + "Transfer-Encoding: chunked\r\n\r\n4\r\na 1\n\r\n99\r\nb 23");
                var closing = RawServer.closingAfter("HTTP/1.0 200 OK\r\n\r\n" + body)) {
            for (var application : new RawServer[] {lengthed, chunked, closing}) {
                var merger = MergerUnderTest.ofApplications(application.uri());

                assertThat(merger.foreign()).isEqualTo("a 1\n");
                assertThat(merger.failures("application")).isEqualTo(1);
            }
        }
    }

    @Test
    void aMalformedApplicationIsLeftOutWhole() throws Exception {
        try (var malformed = MetricsServer.text("a 1\n<html>\nb 1\n");
                var application = MetricsServer.text(GOOD)) {
            var merger = MergerUnderTest.ofApplications(malformed.uri(), application.uri());

            assertThat(merger.foreign()).isEqualTo(GOOD);
            assertThat(merger.failures("application")).isEqualTo(1);
        }
    }

    @Test
    void anEnvoyLineThatIsMalformedIsLeftOutAlone() throws Exception {
        try (var envoy = MetricsServer.bytes(
                MetricsServer.TEXT,
                "# TYPE a gauge\na{x=\"\u00fc\"} 1\na{x=\"2\" 1\na{x=\"3\"} 1\na{x=\"3\",x=\"3\"} x\na 0x1\na 1 1.5\n"
                        .getBytes(StandardCharsets.ISO_8859_1))) {
            var merger = MergerUnderTest.of(envoy.uri());

            assertThat(merger.foreign()).isEqualTo("# TYPE a gauge\na{x=\"3\"} 1\n");
            assertThat(merger.failures("envoy")).isEqualTo(1);
            assertThat(merger.dropped("envoy", "malformed")).isEqualTo(5);
        }
    }

    @Test
    void aRedirectOnTheSameServerIsFollowedAndNoOther() throws Exception {
        try (var elsewhere = MetricsServer.text("elsewhere 1\n");
                var server = MetricsServer.with(exchange -> {
                    var path = exchange.getRequestURI().getPath();
                    exchange.getResponseHeaders()
                            .set(
                                    "Location",
                                    path.equals("/metrics")
                                            ? "/metrics/"
                                            : elsewhere.uri().toString());
                    MetricsServer.answer(
                            exchange,
                            path.equals("/metrics/") ? 200 : 307,
                            MetricsServer.TEXT,
                            GOOD.getBytes(StandardCharsets.UTF_8));
                })) {
            var merger =
                    MergerUnderTest.ofApplications(server.uri(), server.uri().resolve("/away"));

            assertThat(merger.foreign()).isEqualTo(GOOD);
            assertThat(merger.failures("application")).isEqualTo(1);
        }
    }

    @Test
    void aRedirectToItselfEnds() throws Exception {
        var asked = new AtomicInteger();
        try (var server = MetricsServer.with(exchange -> {
            asked.incrementAndGet();
            exchange.getResponseHeaders().set("Location", "/metrics");
            MetricsServer.answer(exchange, 302, MetricsServer.TEXT, new byte[0]);
        })) {
            var merger = MergerUnderTest.ofApplications(server.uri());

            assertThat(merger.foreign()).isEmpty();
            assertThat(asked).hasValue(4);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\r\n\r\n",
                "SSH-2.0-OpenSSH_9.9\r\n",
                "HTTP/1.1 999 ?\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\na 1\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\na 1\n",
                "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\na 1\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\na 1\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7fffffffffffffffffff\r\na 1\n",
                "HTTP/1.1 302 Found\r\nLocation: http://[broken\r\n\r\n"
            })
    void whatIsNoHttpIsLeftOut(String answer) throws Exception {
        try (var broken = RawServer.closingAfter(answer)) {
            var merger = MergerUnderTest.of(broken.uri(), broken.uri());

            assertThat(merger.foreign()).isEmpty();
            assertThat(merger.failures("envoy")).isEqualTo(1);
            assertThat(merger.failures("application")).isEqualTo(1);
        }
    }

    @Test
    void aHeadWithoutEndIsLeftOut() throws Exception {
        try (var lines = RawServer.closingAfter("HTTP/1.1 200 OK\r\n" + "a: b\r\n".repeat(100_000));
                var line = RawServer.closingAfter("HTTP/1.1 200 OK\r\na: " + "b".repeat(1_000_000))) {
            var merger = MergerUnderTest.of(lines.uri(), line.uri());

            assertThat(merger.foreign()).isEmpty();
            assertThat(merger.failures("envoy") + merger.failures("application"))
                    .isEqualTo(2);
        }
    }

    @Test
    void aScraperThatGoesAwayEndsTheScrapeAndTheNextOneWorks() throws Exception {
        try (var envoy = MetricsServer.text("a 1\n".repeat(100_000));
                var application = MetricsServer.text(GOOD)) {
            var merger = MergerUnderTest.of(envoy.uri(), application.uri());
            var gone = new OutputStream() {
                @Override
                public void write(int b) throws IOException {
                    throw new IOException("gone");
                }
            };
            var scrape = merger.merger.scrape(new ScrapeRequest("", "", Optional.empty()));

            assertThatThrownBy(() -> scrape.writeTo(gone)).hasMessage("gone");

            assertThat(merger.foreign()).endsWith(GOOD);
            assertThat(merger.failures("envoy")).isZero();
        }
    }

    private static URI closedPort() throws IOException {
        try (var server = MetricsServer.text("")) {
            return server.uri();
        }
    }

    private static String up(String source, String place, int value) {
        return "outrigger_scrape_source_up{source=\"" + source + "\",place=\"" + place + "\"} " + value;
    }
}
