package dev.outrigger.stats;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// 32 scrapers at once that send nonsense, read slowly or go away, and sources that hang, stream for ever, send
/// half a line or lie about their type. `bin/soak --scrapes 60s` runs it for long.
@Timeout(900)
class HostileScrapersTest {
    private static final int SCRAPERS = 32;
    private static final long SECONDS = Long.getLong("outrigger.soak.scrapes", 3);
    private static final long SEED = Long.getLong("outrigger.soak.seed", 7);
    private static final int SERIES = 2_000;
    private static final long MOST_GROWTH = 24 << 20;
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n";
    private static final List<String> ACCEPT = List.of(
            "",
            "*/*",
            "text/plain;version=0.0.4",
            "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;q=0.3",
            "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
            "a/b;q=NaN,".repeat(20_000),
            ";;;,,,==;q=-1;version=\"",
            "text/plain;version=9.9.9;q=1e400,\u0000\uffff/\u2028");
    private static final List<String> ENCODING =
            List.of("", "gzip", "zstd", "gzip;q=0", "*;q=nan", "br".repeat(60_000), "identity;q=0");
    private static final List<String> PATIENCE =
            List.of("NaN", "-1", "0", "1e309", "0.000001", "0x10", "99999999999", "2", "");

    /// Reads slowly, or goes away in the middle.
    private static final class Reader extends OutputStream {
        final ByteArrayOutputStream read = new ByteArrayOutputStream();
        private final long most;

        Reader(long most) {
            this.most = most;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] from, int offset, int length) throws IOException {
            if (read.size() > most) {
                throw new IOException("gone");
            }
            read.write(from, offset, length);
        }
    }

    @Test
    void theOthersAreAllThereAndTheMemoryIsFlat() throws Exception {
        try (var envoy = MetricsServer.text(page("envoy"));
                var good = MetricsServer.text(page("app"));
                var hanging = RawServer.silentAfter(OK);
                var endless = RawServer.talking(HostileScrapersTest::forEver);
                var half = RawServer.closingAfter(OK + "\r\nhalf_total{a=\"");
                var lying = MetricsServer.bytes(
                        "application/vnd.google.protobuf", page("lie").getBytes(StandardCharsets.UTF_8));
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var merger = MergerUnderTest.of(
                    Duration.ofSeconds(2),
                    Optional.of(envoy.uri()),
                    good.uri(),
                    hanging.uri(),
                    endless.uri(),
                    half.uri(),
                    lying.uri());
            merger.scrape();
            var before = used();
            var whole = new AtomicInteger();
            var end = System.nanoTime() + SECONDS * 1_000_000_000L;
            var scrapers = new java.util.ArrayList<Callable<Void>>();
            for (var i = 0; i < SCRAPERS; i++) {
                var random = new Random(SEED * SCRAPERS + i);
                scrapers.add(() -> {
                    do {
                        scrape(merger, random, envoy.uri(), good.uri(), whole);
                    } while (System.nanoTime() < end);
                    return null;
                });
            }

            for (var done : threads.invokeAll(scrapers)) {
                done.get();
            }

            var growth = used() - before;
            System.out.printf("%d answers with all that is good, %d KiB more heap%n", whole.get(), growth >> 10);
            assertThat(whole.get()).as("answers with all that is good").isPositive();
            assertThat(growth).as("growth of the heap").isLessThan(MOST_GROWTH);
            var last = merger.scrape();
            assertThat(last.contains(page("envoy"))).as("Envoy's metrics").isTrue();
            assertThat(last.contains(page("app")))
                    .as("the application's metrics")
                    .isTrue();
        }
    }

    private static void scrape(MergerUnderTest merger, Random random, URI envoy, URI good, AtomicInteger whole)
            throws IOException {
        var accept = pick(ACCEPT, random);
        var patience = random.nextInt(3) == 0 ? Optional.<String>empty() : Optional.of(pick(PATIENCE, random));
        var request = new ScrapeRequest(accept, pick(ENCODING, random), patience);
        var isGone = random.nextInt(4) == 0;
        var out = new Reader(isGone ? random.nextInt(50_000) : Long.MAX_VALUE);
        var scrape = merger.merger.scrape(request);
        try {
            scrape.writeTo(out);
        } catch (IOException e) {
            assertThat(isGone).as(String.valueOf(e)).isTrue();
            return;
        }
        if (patience.isEmpty() && scrape.contentType().startsWith("text/plain")) {
            var text = text(scrape, out.read.toByteArray());
            assertThat(isThere(text, "envoy")).as("Envoy").isTrue();
            assertThat(isThere(text, "app")).as("application").isTrue();
            assertThat(isUp(text, envoy) && isUp(text, good)).as("up").isTrue();
            assertThat(isThere(text, "lie")).as("what lies").isFalse();
            whole.incrementAndGet();
        }
    }

    private static boolean isThere(String text, String name) {
        return text.contains(name + "_total{n=\"" + (SERIES - 1) + "\"} " + (SERIES - 1) + "\n");
    }

    private static boolean isUp(String text, URI source) {
        return text.contains("place=\"" + SourcesUp.place(source) + "\"} 1\n");
    }

    private static String text(Scrape scrape, byte[] body) throws IOException {
        var in = new ByteArrayInputStream(body);
        return new String(
                switch (scrape.contentEncoding().orElse("")) {
                    case "gzip" -> new GZIPInputStream(in).readAllBytes();
                    case "zstd" -> new com.github.luben.zstd.ZstdInputStreamNoFinalizer(in).readAllBytes();
                    default -> body;
                },
                StandardCharsets.UTF_8);
    }

    private static void forEver(OutputStream out) throws IOException {
        out.write((OK + "\r\n").getBytes(StandardCharsets.US_ASCII));
        var block = "endless_total 1\n".repeat(4096).getBytes(StandardCharsets.US_ASCII);
        while (!Thread.currentThread().isInterrupted()) {
            out.write(block);
        }
    }

    private static String page(String name) {
        var text = new StringBuilder("# TYPE " + name + "_total counter\n");
        for (var i = 0; i < SERIES; i++) {
            text.append(name)
                    .append("_total{n=\"")
                    .append(i)
                    .append("\"} ")
                    .append(i)
                    .append('\n');
        }
        return text.toString();
    }

    private static String pick(List<String> from, Random random) {
        return from.get(random.nextInt(from.size()));
    }

    private static long used() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
