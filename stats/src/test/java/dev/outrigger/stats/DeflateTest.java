package dev.outrigger.stats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Against the library that all scrapers have.
class DeflateTest {
    enum Kind {
        NOISE,
        FEW_LETTERS,
        LINES,
        /// What came before comes again, from near and from beyond the window.
        ECHOES,
        RUNS,
        ALL
    }

    @ParameterizedTest
    @EnumSource
    void whatIsReadBackIsWhatWasWritten(Kind kind) throws Exception {
        for (var seed = 1; seed <= 60; seed++) {
            var random = new Random(seed);
            var size = random.nextInt(seed % 10 == 0 ? 3_000_000 : 100_000);
            var plain = plain(kind, size, random);

            assertThat(back(compressed(plain, random), plain.length))
                    .as("seed " + seed)
                    .isEqualTo(plain);
        }
    }

    @Test
    void soItIsForEachSmallSize() throws Exception {
        var random = new Random(1);
        for (var size = 0; size < 700; size++) {
            for (var plain : new byte[][] {new byte[size], plain(Kind.LINES, size, random)}) {
                assertThat(back(compressed(plain, random), size)).isEqualTo(plain);
            }
        }
    }

    /// A match has at most 258 bytes, at least three.
    @Test
    void soItIsForEachLengthOfAMatch() throws Exception {
        var random = new Random(2);
        var part = plain(Kind.NOISE, 1_200, random);
        for (var length = 3; length <= 1_100; length++) {
            var plain = Arrays.copyOf(part, part.length + length + 1);
            System.arraycopy(part, 0, plain, part.length, length);

            assertThat(back(compressed(plain, random), plain.length)).isEqualTo(plain);
        }
    }

    @Test
    void aPageIsNoLargerThanZlibsFastestMakesIt() throws Exception {
        var page = page();
        var zlib = new Deflater(Deflater.BEST_SPEED, true);
        zlib.setInput(page);
        zlib.finish();
        var theirs = zlib.deflate(new byte[page.length]);
        zlib.end();

        var ours = new ByteArrayOutputStream();
        var deflate = new Deflate(ours, new byte[0]);
        for (var at = 0; at < page.length; at += 128 << 10) {
            deflate.write(page, at, Math.min(128 << 10, page.length - at));
        }
        deflate.finish(new byte[0]);

        assertThat(back(ours.toByteArray(), page.length)).isEqualTo(page);
        assertThat(ours.size()).isLessThan(theirs);
    }

    private static byte[] page() {
        var page = new StringBuilder();
        for (var family = 0; family < 100; family++) {
            page.append("# TYPE envoy_cluster_upstream_statistic_number_")
                    .append(family)
                    .append(" counter\n");
            for (var cluster = 0; cluster < 300; cluster++) {
                page.append("envoy_cluster_upstream_statistic_number_")
                        .append(family)
                        .append("{envoy_cluster_name=\"outbound|8080||service-")
                        .append(cluster)
                        .append(".shop.svc.cluster.local\"} ")
                        .append(cluster % 7 == 0 ? cluster * 31 * family % 1_000 : 0)
                        .append('\n');
            }
        }
        return page.toString().getBytes(UTF_8);
    }

    private static byte[] plain(Kind kind, int size, Random random) {
        var plain = new byte[size];
        switch (kind) {
            case NOISE -> random.nextBytes(plain);
            case FEW_LETTERS -> {
                for (var i = 0; i < size; i++) {
                    plain[i] = (byte) ('a' + random.nextInt(3));
                }
            }
            case LINES -> {
                var text = new StringBuilder();
                while (text.length() < size) {
                    text.append("name_").append(random.nextInt(3)).append("{label=\"value-");
                    text.append(random.nextInt(1_000))
                            .append("\"} ")
                            .append(random.nextInt(20))
                            .append('\n');
                }
                System.arraycopy(text.toString().getBytes(UTF_8), 0, plain, 0, size);
            }
            case ECHOES -> {
                random.nextBytes(plain);
                for (var at = size / 3; at < size; ) {
                    var length = Math.min(size - at, 1 + random.nextInt(2_000));
                    System.arraycopy(plain, random.nextInt(Math.max(1, at - length)), plain, at, Math.min(length, at));
                    at += length;
                }
            }
            case RUNS -> {
                for (var at = 0; at < size; ) {
                    var end = Math.min(size, at + 1 + random.nextInt(1_000));
                    Arrays.fill(plain, at, end, (byte) random.nextInt(256));
                    at = end;
                }
            }
            case ALL -> {
                for (var at = 0; at < size; ) {
                    var kinds = Kind.values();
                    var part = plain(kinds[random.nextInt(kinds.length - 1)], 1 + random.nextInt(50_000), random);
                    System.arraycopy(part, 0, plain, at, Math.min(part.length, size - at));
                    at += part.length;
                }
            }
        }
        return plain;
    }

    private static byte[] compressed(byte[] plain, Random random) throws IOException {
        var out = new ByteArrayOutputStream();
        var deflate = new Deflate(out, new byte[0]);
        var most = 1 << random.nextInt(19);
        for (var at = 0; at < plain.length; ) {
            var length = Math.min(plain.length - at, random.nextInt(most) + (random.nextInt(8) == 0 ? 0 : 1));
            deflate.write(plain, at, length);
            at += length;
        }
        deflate.finish(new byte[0]);
        return out.toByteArray();
    }

    private static byte[] back(byte[] compressed, int size) throws DataFormatException {
        var inflater = new Inflater(true);
        inflater.setInput(compressed);
        var plain = new byte[size + 1];
        var read = 0;
        while (!inflater.finished()) {
            var count = inflater.inflate(plain, read, plain.length - read);
            if (count == 0 && !inflater.finished()) {
                throw new AssertionError("broken off after " + read + " bytes, or longer");
            }
            read += count;
        }
        assertThat(inflater.getRemaining()).isZero();
        inflater.end();
        return Arrays.copyOf(plain, read);
    }
}
