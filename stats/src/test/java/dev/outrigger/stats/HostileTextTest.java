package dev.outrigger.stats;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class HostileTextTest {
    @Test
    void aMissingNewlineAtTheEndIsAdded() throws Exception {
        try (var envoy = MetricsServer.text("a 1");
                var application = MetricsServer.text("b 2")) {
            var merger = MergerUnderTest.of(envoy.uri(), application.uri());

            assertThat(merger.foreign()).isEqualTo("a 1\nb 2\n");
            assertThat(merger.failures("envoy") + merger.failures("application"))
                    .isZero();
        }
    }

    @Test
    void aGiantLineOfEnvoyIsSkipped() throws Exception {
        for (var length : new int[] {EnvoyStream.LINE - 1, EnvoyStream.LINE, EnvoyStream.LINE + 1, 5_000_000}) {
            var giant = "a{x=\"" + "y".repeat(length - 9) + "\"} 1\n";
            try (var envoy = MetricsServer.text("a 1\n" + giant + "b 1\n");
                    var ending = MetricsServer.text("a 1\n" + giant.strip())) {
                var isFit = giant.length() <= EnvoyStream.LINE;

                assertThat(MergerUnderTest.of(envoy.uri()).foreign())
                        .as("line of %s", giant.length())
                        .isEqualTo("a 1\n" + (isFit ? giant : "") + "b 1\n");
                assertThat(MergerUnderTest.of(ending.uri()).foreign())
                        .isEqualTo("a 1\n" + (giant.length() <= EnvoyStream.LINE ? giant : ""));
            }
        }
    }

    @Test
    void aLineOfEnvoyWithAStrayQuoteIsLeftOutWhereItsValueIsNeeded() throws Exception {
        try (var envoy = MetricsServer.text("# TYPE a counter\na{x=\"1\"} 5\na{x=\"2\"y\"} 6\na{x=\"3\"} 7\n")) {
            var merger = MergerUnderTest.with(ScrapeFilter.NONE, true, envoy.uri());

            assertThat(merger.foreign()).isEqualTo("# TYPE a counter\na{x=\"1\"} 5\na{x=\"3\"} 7\n");
            assertThat(merger.dropped("envoy", "malformed")).isEqualTo(1);
        }
    }

    @Test
    void aBackslashInANameInQuotesStaysWhereItIsNoEscape() throws Exception {
        try (var envoy = MetricsServer.text("{\"a\\c\",\"b\\\"\"=\"1\"} 5\n")) {
            var open = MergerUnderTest.of(envoy.uri()).scrape("application/openmetrics-text;version=1.0.0");

            assertThat(open).contains("\na_c{b_=\"1\"} 5\n");
        }
    }

    @Test
    void aBodyOfTheApplicationBeyondTheLimitIsLeftOut() throws Exception {
        var line = "a{x=\"" + "y".repeat(1000) + "\"} 1\n";
        try (var application = MetricsServer.text(line.repeat(Body.LIMIT / line.length() + 1));
                var good = MetricsServer.text("good 1\n")) {
            var merger = MergerUnderTest.ofApplications(application.uri(), good.uri());

            assertThat(merger.foreign()).isEqualTo("good 1\n");
            assertThat(merger.failures("application")).isEqualTo(1);
        }
    }

    @Test
    void theBudgetIsSharedAndComesBack() throws Exception {
        var line = "# " + "y".repeat(1000) + "\n";
        var big = line.repeat(9_000_000 / line.length());
        try (var application = MetricsServer.text(big + "a 1\n")) {
            var uri = application.uri();
            var merger = MergerUnderTest.ofApplications(uri, uri, uri, uri);

            merger.scrape();
            assertThat(merger.failures("application")).isBetween(1.0, 3.0);

            var alone = MergerUnderTest.ofApplications(uri);
            for (var i = 0; i < 5; i++) {
                assertThat(alone.foreign()).isEqualTo("a 1\n");
            }
        }
    }

    @Test
    void countlessTinySamplesAndFamiliesAreChargedToTheBudgetToo() throws Exception {
        var families = new StringBuilder();
        for (var i = 0; i < 100_000; i++) {
            families.append('a').append(i).append(" 1\n");
        }
        try (var samples = MetricsServer.text("a 1\n".repeat(2_000_000));
                var names = MetricsServer.text(families.toString());
                var good = MetricsServer.text("good 1\n")) {
            assertThat(MergerUnderTest.ofApplications(samples.uri()).foreign()).isEmpty();
            assertThat(MergerUnderTest.ofApplications(names.uri()).foreign()).isEmpty();
            assertThat(MergerUnderTest.ofApplications(good.uri()).foreign()).isEqualTo("good 1\n");
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void binaryGarbageFromAnySourceLeavesAValidAnswer(long seed) throws Exception {
        var random = new Random(seed);
        var garbage = new byte[300_000];
        random.nextBytes(garbage);
        try (var source = MetricsServer.bytes("application/octet-stream", garbage)) {
            var merger = MergerUnderTest.of(source.uri(), source.uri());

            Exposition.read(merger.scrape());

            assertThat(merger.failures("envoy")).isEqualTo(1);
            assertThat(merger.failures("application")).isEqualTo(1);
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {11, 12, 13, 14, 15, 16, 17, 18})
    void aTextWithRandomDamageLeavesAValidAnswer(long seed) throws Exception {
        var random = new Random(seed);
        var text = """
                # HELP a help
                # TYPE a counter
                a{x="1",y="\\""} 10
                {"q.q",z="1"} 3 -4
                # TYPE h histogram
                h_bucket{le="1"} 1
                h_bucket{le="+Inf"} 2
                h_sum 1.5e3
                h_count 2
                # EOF
                """;
        for (var run = 0; run < 60; run++) {
            var bytes = text.getBytes(StandardCharsets.UTF_8);
            for (var damage = 0; damage < 3; damage++) {
                bytes[random.nextInt(bytes.length)] = (byte) "\n\"{},=# \\\0\u00ffa1.:_".charAt(random.nextInt(16));
            }
            var type = random.nextBoolean() ? MetricsServer.TEXT : MetricsServer.OPEN_METRICS;
            try (var application = MetricsServer.bytes(type, bytes);
                    var envoy = MetricsServer.text("# TYPE a counter\na 1\n")) {
                var merged = MergerUnderTest.of(envoy.uri(), application.uri()).foreign();

                assertThat(merged).startsWith("# ").contains("a 1\n");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", " ", "-1", "0", "NaN", "Infinity", "1e9", "9999999999999", "1;2", "\u0661", "0.0000001"})
    void aTimeoutThatMakesNoSenseIsIgnored(String header) {
        var request = new ScrapeRequest("", "", Optional.of(header));

        assertThat(request.patience()).isEmpty();
    }

    @Test
    void aTimeoutLeavesAMarginAndNeverLengthensTheLimit() {
        var ten = new ScrapeRequest("", "", Optional.of("10.5")).patience();
        var five = Duration.ofSeconds(5);

        assertThat(ten).contains(Duration.ofMillis(10_500));
        assertThat(Limits.of(five, ten)).isEqualTo(new Limits(five, Duration.ofMillis(9_500)));
        assertThat(Limits.of(five, Optional.of(Duration.ofHours(1)))).isEqualTo(new Limits(five, five.multipliedBy(2)));
        assertThat(Limits.of(five, Optional.of(Duration.ofSeconds(1))))
                .isEqualTo(new Limits(Duration.ofMillis(720), Duration.ofMillis(900)));
    }
}
