package dev.outrigger.stats;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StreamingTest {
    private static final int FAMILIES = 300;
    private static final int SAMPLES = 1000;

    /// Counts bytes and newlines, keeps nothing, and lets Envoy go on only after what it wrote has come out.
    private static final class Meter extends OutputStream {
        final Semaphore progress = new Semaphore(0);
        long bytes;

        @Override
        public void write(int b) {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] from, int offset, int length) {
            assertThat(length).as("one write").isLessThanOrEqualTo(EnvoyStream.BUFFER);
            bytes += length;
            progress.release(length);
        }
    }

    @Test
    void thirtyMegabytesPassThroughWhileEnvoyStillWrites() throws Exception {
        var meter = new Meter();
        var written = new long[1];
        try (var envoy = RawServer.talking(out -> {
                    out.write("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.UTF_8));
                    for (var family = 0; family < FAMILIES; family++) {
                        var block = block(family);
                        out.write(block);
                        written[0] += block.length;
                        // All but what one buffer can hold must have come out before more is sent.
                        if (!meter.progress.tryAcquire(
                                family == 0 ? block.length - EnvoyStream.LINE : block.length, 20, TimeUnit.SECONDS)) {
                            return;
                        }
                    }
                });
                var application = MetricsServer.text("# TYPE f7 counter\nf7{from=\"app\"} 1\n")) {
            var merger = MergerUnderTest.of(envoy.uri(), application.uri());

            merger.merger.scrape(new ScrapeRequest("", "", Optional.empty())).writeTo(meter);

            assertThat(written[0]).isGreaterThan(30_000_000);
            assertThat(meter.bytes).isGreaterThan(written[0]);
            assertThat(merger.failures("envoy")).isZero();
        }
    }

    private static byte[] block(int family) {
        var text = new StringBuilder("# TYPE f" + family + " counter\n");
        for (var sample = 0; sample < SAMPLES; sample++) {
            text.append('f')
                    .append(family)
                    .append("{envoy_cluster_name=\"outbound|80||service-")
                    .append(sample)
                    .append(".namespace.svc.cluster.local\",response_code_class=\"2xx\"} ")
                    .append(sample)
                    .append('\n');
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }
}
