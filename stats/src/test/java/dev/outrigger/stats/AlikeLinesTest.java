package dev.outrigger.stats;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What a line shares with the one before is not looked at again: nothing may come out differently for that.
@Timeout(60)
class AlikeLinesTest {
    private static final byte[] STRAY = {'"', '\\', '{', '}', ' ', ',', '=', '#', '7', 'x', '\n', (byte) 0xff};

    static LongStream seeds() {
        return LongStream.rangeClosed(1, 40);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void aLineIsReadAsIfThereWereNoneBefore(long seed) {
        var random = new Random(seed);
        var text = page(random, 400, 8);
        var next = new SampleLine();
        var alone = new SampleLine();
        var alike = 0;

        for (var from = 0; from < text.length; ) {
            var to = from;
            while (text[to] != '\n') {
                to++;
            }
            if (text[from] != '#' && to > from) {
                var isWhole = alone.read(text, from, to);
                assertThat(next.readNext(text, from, to)).isEqualTo(isWhole);
                assertThat(isWhole ? read(next) : "").isEqualTo(isWhole ? read(alone) : "");
                alike += next.isLikeBefore() ? 1 : 0;
            }
            from = to + 1;
        }

        assertThat(alike).isPositive();
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void aPageComesOutAsIfItCameLineByLine(long seed) throws Exception {
        var random = new Random(seed);
        var page = page(random, 3000, 40);
        for (var accept : List.of("text/plain;version=0.0.4", "application/openmetrics-text;version=1.0.0")) {
            var request = new ScrapeRequest(accept, "", Optional.empty());
            try (var whole = serving(page, page.length);
                    var lines = serving(page, 0)) {
                var once = MergerUnderTest.with(ScrapeFilter.NONE, true, whole.uri());
                var often = MergerUnderTest.with(ScrapeFilter.NONE, true, lines.uri());

                var text = foreign(once.scrape(request));

                assertThat(text).isEqualTo(foreign(often.scrape(request)));
                assertThat(once.dropped("envoy", "malformed")).isEqualTo(often.dropped("envoy", "malformed"));
                assertThat(text.length()).isGreaterThan(page.length / 2);
            }
        }
    }

    private static String foreign(String text) {
        var kept = new StringBuilder();
        text.lines()
                .filter(line -> !line.replaceFirst("^# (TYPE|HELP) ", "").startsWith("outrigger_"))
                .forEach(line -> kept.append(line).append('\n'));
        return kept.toString();
    }

    private static String read(SampleLine line) {
        var text = new StringBuilder(line.name());
        for (var i = 0; i < line.labels(); i++) {
            text.append(' ').append(line.labelName(i)).append(line.labelValueFrom(i) + "-" + line.labelValueTo(i));
        }
        return text + " " + line.valueFrom() + "-" + line.valueTo() + " " + line.timestamp() + " " + line.rest() + " "
                + line.from() + "-" + line.to() + " " + line.nameFrom() + "-" + line.nameTo() + " " + line.isStrict()
                + line.isQuoted() + line.hasWholeTimestamp() + " " + line.writtenHash() + " " + Series.hash(line);
    }

    /// Lines of few families, most of them like the one before; one of some has a stray byte.
    private static byte[] page(Random random, int lines, int rareness) {
        var page = new ByteArrayOutputStream();
        var family = 0;
        var layout = 0;
        var histogram = false;
        for (var i = 0; i < lines; i++) {
            if (random.nextInt(30) == 0 || i == 0) {
                family = random.nextInt(10) == 0 ? random.nextInt(i + 1) : i;
                layout = random.nextInt(5);
                histogram = random.nextInt(3) == 0;
                page.writeBytes(head(family, histogram, random));
            }
            var suffix = histogram ? List.of("_bucket", "_sum", "_count").get(random.nextInt(8) / 3) : "";
            var line = ("f" + family + suffix + labels(layout, suffix.equals("_bucket") ? "le" : "b", random) + ' '
                            + value(random))
                    .getBytes(StandardCharsets.UTF_8);
            if (random.nextInt(rareness) == 0) {
                line[random.nextInt(line.length)] = STRAY[random.nextInt(STRAY.length)];
            }
            page.writeBytes(line);
            page.write('\n');
        }
        return page.toByteArray();
    }

    private static byte[] head(int number, boolean histogram, Random random) {
        var help = random.nextInt(4) == 0 ? "# HELP f" + number + " help\n" : "";
        var type = random.nextInt(4) > 0 ? "# TYPE f" + number + (histogram ? " histogram\n" : " counter\n") : "";
        return (help + type).getBytes(StandardCharsets.UTF_8);
    }

    private static String labels(int layout, String last, Random random) {
        var number = random.nextInt(3) == 0 ? "" : String.valueOf(random.nextInt(1000));
        return switch (layout) {
            case 0 -> "";
            case 1 -> "{cluster=\"outbound|80||service-" + number + "\"}";
            case 2 -> "{a=\"" + number + "\"," + last + "=\"" + random.nextInt(3) + "\"}";
            case 3 -> "{a=\"" + number + "\\\\\\\"\",\"b c\"=\"ü" + random.nextInt(30) + "\"}";
            default -> " { a = \"" + number + "\" , }";
        };
    }

    private static String value(Random random) {
        return switch (random.nextInt(8)) {
            case 0 -> "1.5e+3";
            case 1 -> random.nextInt(9) + " 1700000000000";
            case 2 -> random.nextInt(9) + " ";
            default -> String.valueOf(random.nextInt(3) * random.nextInt(100));
        };
    }

    /// In chunks of some size, or with one line in each.
    private static RawServer serving(byte[] page, int size) throws IOException {
        var answer = new ByteArrayOutputStream();
        answer.writeBytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".getBytes(StandardCharsets.UTF_8));
        for (var chunk : chunks(page, size)) {
            answer.writeBytes((Integer.toHexString(chunk.length) + "\r\n").getBytes(StandardCharsets.UTF_8));
            answer.writeBytes(chunk);
            answer.writeBytes("\r\n".getBytes(StandardCharsets.UTF_8));
        }
        answer.writeBytes("0\r\n\r\n".getBytes(StandardCharsets.UTF_8));
        return RawServer.talking(out -> out.write(answer.toByteArray()));
    }

    private static List<byte[]> chunks(byte[] page, int size) {
        var chunks = new ArrayList<byte[]>();
        for (var from = 0; from < page.length; ) {
            var to = Math.min(page.length, from + Math.max(1, size));
            while (size == 0 && page[to - 1] != '\n') {
                to++;
            }
            chunks.add(Arrays.copyOfRange(page, from, to));
            from = to;
        }
        return chunks;
    }
}
