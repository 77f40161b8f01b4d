package dev.outrigger.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class OwnTextTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final String TEXT = Format.TEXT.contentType();
    private static final String PROTOBUF =
            "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";
    private static final int PAGES = 20;

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    OwnTextTest() {
        fill(registry);
    }

    private static void fill(PrometheusMeterRegistry registry) {
        for (int i = 0; i < 200; i++) {
            Gauge.builder("outrigger.gauge." + i, () -> 1)
                    .description("What this is about, in some words.")
                    .tag("kind", "some")
                    .register(registry);
        }
    }

    /// Threads of other tests may run beside it; a page took 8 MB and more.
    @Test
    void aPageWrittenOnAVirtualThreadLeavesLittleGarbage() throws Exception {
        onVirtualThread(this::page);

        var before = THREADS.getTotalThreadAllocatedBytes();
        for (int i = 0; i < PAGES; i++) {
            onVirtualThread(this::page);
        }
        var allocated = THREADS.getTotalThreadAllocatedBytes() - before;

        assertThat(allocated / PAGES).as("bytes a page").isLessThan(2 << 20);
    }

    @Test
    void aPageInProtobufLeavesLittleGarbage() throws Exception {
        var merger = MergerUnderTest.ofApplications();
        fill(merger.registry);
        var request = new ScrapeRequest(PROTOBUF, "", Optional.empty());
        assertThat(merger.bytes(request)).hasSizeGreaterThan(10_000);

        var before = THREADS.getTotalThreadAllocatedBytes();
        for (int i = 0; i < PAGES; i++) {
            merger.bytes(request);
        }
        var allocated = THREADS.getTotalThreadAllocatedBytes() - before;

        assertThat(allocated / PAGES).as("bytes a page").isLessThan(4 << 20);
    }

    @Test
    void aVirtualThreadHasTheSamePageAsAnother() throws Exception {
        assertThat(onVirtualThread(this::page)).isEqualTo(page()).contains("outrigger_gauge_199{kind=\"some\"} 1");
    }

    @Test
    void aFailureToWriteComesBackAsItIs() {
        var full = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("full");
            }
        };

        assertThatThrownBy(() -> onVirtualThread(() -> {
                    OwnText.write(registry, TEXT, full);
                    return "";
                }))
                .rootCause()
                .isInstanceOf(IOException.class)
                .hasMessage("full");
    }

    private interface Page {
        String write() throws IOException;
    }

    private String page() throws IOException {
        var out = new ByteArrayOutputStream();
        OwnText.write(registry, TEXT, out);
        return out.toString(StandardCharsets.UTF_8);
    }

    private static String onVirtualThread(Page page) throws Exception {
        var written = new CompletableFuture<String>();
        Thread.ofVirtual().start(() -> {
            try {
                written.complete(page.write());
            } catch (IOException e) {
                written.completeExceptionally(e);
            }
        });
        return written.get(20, TimeUnit.SECONDS);
    }
}
