package dev.outrigger.stats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GzipTest {
    /// What is written to it, and how.
    private static final class Recorder extends OutputStream {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final ArrayList<Integer> lengths = new ArrayList<>();

        @Override
        public void write(int b) {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] from, int offset, int length) {
            bytes.write(from, offset, length);
            lengths.add(length);
        }
    }

    /// Below it lies a connection on which each write is a chunk of its own.
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void writesFullBuffersAndOneRest(long seed) throws IOException {
        var chance = new Random(seed);
        var plain = new byte[chance.nextInt(300_000)];
        chance.nextBytes(plain); // does not become smaller, so there is something to be written
        var out = new Recorder();

        try (var gzip = new Gzip(out)) {
            for (int at = 0; at < plain.length; ) {
                int step = Math.min(plain.length - at, 1 + chance.nextInt(50_000));
                gzip.write(plain, at, step);
                at += step;
            }
        }

        try (var back = new GZIPInputStream(new ByteArrayInputStream(out.bytes.toByteArray()))) {
            assertThat(back.readAllBytes()).isEqualTo(plain);
        }
        assertThat(out.lengths.subList(0, out.lengths.size() - 1)).containsOnly(Deflate.BUFFER);
        assertThat(out.lengths.getLast()).isBetween(1, Deflate.BUFFER);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a"})
    void littleIsOneWrite(String text) throws IOException {
        var out = new Recorder();

        try (var gzip = new Gzip(out)) {
            gzip.write(text.getBytes(UTF_8));
        }

        assertThat(out.lengths).hasSize(1);
        try (var back = new GZIPInputStream(new ByteArrayInputStream(out.bytes.toByteArray()))) {
            assertThat(back.readAllBytes()).asString().isEqualTo(text);
        }
    }
}
