package dev.outrigger.stats;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(60)
class RandomFamiliesTest {
    private static final List<String> TYPES = List.of("counter", "gauge", "histogram", "summary", "untyped");

    static LongStream seeds() {
        return LongStream.rangeClosed(1, 60);
    }

    /// What a source has under one name.
    private record Has(String type, Map<String, String> samples) {}

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void everySampleWithoutAConflictIsThereOnceAndTheFirstSourceWins(long seed) throws Exception {
        var random = new Random(seed);
        var sources = new ArrayList<Map<String, Has>>();
        for (var i = 0; i < 3; i++) {
            sources.add(source(random));
        }
        var texts = sources.stream().map(source -> text(source, random)).toList();
        try (var envoy = MetricsServer.text(texts.get(0));
                var first = MetricsServer.text(texts.get(1));
                var second = MetricsServer.text(texts.get(2))) {
            var merger = MergerUnderTest.of(envoy.uri(), first.uri(), second.uri());

            var merged = Exposition.read(merger.foreign());

            var expected = expected(sources);
            assertThat(merged.keySet()).containsExactlyInAnyOrderElementsOf(expected.keySet());
            expected.forEach((name, has) -> {
                assertThat(Exposition.family(merged, name).type).as(name).isEqualTo(has.type());
                assertThat(Exposition.family(merged, name).samples)
                        .as(name)
                        .containsExactlyInAnyOrderEntriesOf(has.samples());
            });
            assertThat(merger.failures("envoy") + merger.failures("application"))
                    .isZero();
        }
    }

    private static Map<String, Has> expected(List<Map<String, Has>> sources) {
        var expected = new LinkedHashMap<String, Has>();
        for (var source : sources) {
            source.forEach((name, has) -> {
                var first = expected.computeIfAbsent(name, _ -> new Has(has.type(), new LinkedHashMap<>()));
                if (first.type().equals(has.type())) {
                    has.samples().forEach(first.samples()::putIfAbsent);
                }
            });
        }
        return expected;
    }

    private static Map<String, Has> source(Random random) {
        var families = new LinkedHashMap<String, Has>();
        for (var count = random.nextInt(12); count > 0; count--) {
            var name = (random.nextBoolean() ? "app:" : "envoy_") + (char) ('a' + random.nextInt(10));
            var type = random.nextInt(4) > 0
                    ? TYPES.get(name.charAt(name.length() - 1) % 5)
                    : TYPES.get(random.nextInt(5));
            families.putIfAbsent(name, new Has(type, samples(name, type, random)));
        }
        return families;
    }

    private static Map<String, String> samples(String name, String type, Random random) {
        var samples = new LinkedHashMap<String, String>();
        for (var count = 1 + random.nextInt(6); count > 0; count--) {
            var pod = "{pod=\"" + List.of("1", "2 ", "\\\"}", "ü", "a,b=\\\\").get(random.nextInt(5)) + "\"}";
            var value = List.of("1", "-2.5", "1e+06", "NaN", "+Inf", "123456 1700000000000")
                    .get(random.nextInt(6));
            switch (type) {
                case "histogram" -> {
                    samples.put(name + "_bucket" + pod.substring(0, pod.length() - 1) + ",le=\"1\"}", value);
                    samples.put(name + "_sum" + pod, value);
                    samples.put(name + "_count" + pod, value);
                }
                case "summary" -> {
                    samples.put(name + pod, value);
                    samples.put(name + "_sum" + pod, value);
                }
                default -> samples.put(random.nextInt(4) == 0 ? name : name + pod, value);
            }
        }
        return samples;
    }

    private static String text(Map<String, Has> source, Random random) {
        var text = new StringBuilder();
        var names = new ArrayList<>(source.keySet());
        Collections.shuffle(names, random);
        source.forEach((name, has) -> {
            if (random.nextBoolean()) {
                text.append("# HELP ")
                        .append(name)
                        .append(" help of ")
                        .append(name)
                        .append('\n');
            }
            text.append(random.nextInt(5) == 0 ? "# a comment\n\n" : "");
            text.append("# TYPE ").append(name).append(' ').append(has.type()).append('\n');
            has.samples()
                    .forEach((key, value) ->
                            text.append(key).append(' ').append(value).append('\n'));
        });
        return text.toString();
    }
}
