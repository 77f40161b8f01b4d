package dev.outrigger.xds;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeptResourcesTest {
    private static final int LARGE = 70_000;

    private final KeptResources kept = new KeptResources();

    /// Whatever was done, it holds what a map would, and what somebody reads stays as it was.
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void afterAnyHistoryItIsWhatAMapWouldBe(long seed) {
        var random = new Random(seed);
        var expected = new HashMap<String, String>();
        var views = new HashMap<KeptResources, Map<String, String>>();
        for (int step = 0; step < 3_000; step++) {
            var name = "name-" + random.nextInt(200);
            switch (random.nextInt(20)) {
                case 0 -> {
                    kept.remove(name);
                    expected.remove(name);
                }
                case 1 -> {
                    kept.retain(it -> !it.endsWith("7"));
                    expected.keySet().removeIf(it -> it.endsWith("7"));
                }
                case 2 -> views.put(kept.view(), new TreeMap<>(expected));
                case 3, 4 -> close(views, random);
                case 5 -> replaceAllBut(name, expected);
                default -> put(random, name, expected);
            }
            if (step % 50 == 0) {
                assertThat(contents(kept)).isEqualTo(expected);
                assertHoldsLittleMore();
                views.forEach((view, then) -> assertThat(contents(view)).isEqualTo(then));
            }
        }
        assertThat(contents(kept)).isEqualTo(expected);
        kept.retain(_ -> false);
        assertHoldsLittleMore();
    }

    /// Room, garbage and the end of the last array included.
    private void assertHoldsLittleMore() {
        long values = 0;
        for (int row = 0; row < kept.count(); row++) {
            values += kept.value(row).length;
        }
        assertThat(kept.heldBytes()).isBetween(values, 3 * values + 200_000);
    }

    private void put(Random random, String name, Map<String, String> expected) {
        int size = random.nextInt(40) == 0 ? LARGE + random.nextInt(LARGE) : random.nextInt(2_000);
        var value = Character.toString('a' + random.nextInt(26)).repeat(random.nextInt(10) == 0 ? 0 : size);
        var version = "v" + random.nextInt(1_000);
        if (random.nextInt(4) == 0) {
            kept.put(name, version, value.getBytes(UTF_8));
        } else {
            copied(name, version, value);
        }
        expected.put(name, version + "=" + value);
    }

    /// As from a message: from arrays that are used again for something else.
    private void copied(String name, String version, String value) {
        var key = (name + "??").getBytes(UTF_8);
        var its = (version + "??").getBytes(UTF_8);
        var bytes = (value + "??").getBytes(UTF_8);
        kept.put(key, key.length - 2, its, its.length - 2, bytes, bytes.length - 2);
        Arrays.fill(bytes, (byte) 'X');
    }

    private void replaceAllBut(String name, Map<String, String> expected) {
        kept.beginWalk();
        expected.keySet().stream().filter(it -> it.compareTo(name) > 0).toList().forEach(it -> {
            copied(it, "w", "w");
            expected.put(it, "w=w");
        });
        kept.retainMet(it -> it.endsWith("3"));
        expected.keySet().removeIf(it -> it.compareTo(name) <= 0 && it.endsWith("3"));
    }

    private static void close(Map<KeptResources, Map<String, String>> views, Random random) {
        views.entrySet().stream()
                .skip(views.isEmpty() ? 0 : random.nextInt(views.size()))
                .findFirst()
                .ifPresent(it -> {
                    assertThat(contents(it.getKey())).isEqualTo(it.getValue());
                    it.getKey().close();
                    views.remove(it.getKey());
                });
    }

    @Test
    void pushesWithoutEndFillNothing() {
        var random = new Random(3);
        for (int push = 0; push < 50; push++) {
            for (int i = 0; i < 1_000; i++) {
                copied("name-" + i, "" + push, "x".repeat(500 + random.nextInt(200)));
            }
        }

        assertThat(kept.heldBytes()).isBetween(500_000L, 1_000_000L);
    }

    @Test
    void whatIsGoneHoldsNothing() {
        for (int i = 0; i < 1_000; i++) {
            copied("name-" + i, "1", "x".repeat(i % 100 == 0 ? LARGE : 600));
        }

        kept.retain(it -> it.equals("name-7"));

        assertThat(kept.count()).isEqualTo(1);
        assertThat(kept.heldBytes()).isBetween(600L, 70_000L);
    }

    @Test
    void oneSmallResourceHoldsLittle() {
        copied("a", "1", "b");

        assertThat(kept.heldBytes()).isLessThanOrEqualTo(1_024);
    }

    @Test
    void whatWasWrittenOverIsInTheSamePlace() {
        copied("a", "1", "x".repeat(600));
        long before = kept.heldBytes();
        for (int i = 0; i < 1_000; i++) {
            copied("a", "" + i, "y".repeat(590 + i % 10));
        }

        assertThat(kept.heldBytes()).isEqualTo(before);
    }

    @Test
    void aLargeValueOfTheAgentIsNotCopied() {
        var table = new byte[LARGE];

        kept.put("0", "1", table);
        kept.put("0", "2", table.clone());

        assertThat(kept.value(0)).isEqualTo(table);
        kept.put("0", "3", table);
        assertThat(kept.value(0)).isSameAs(table);
    }

    private static Map<String, String> contents(KeptResources resources) {
        var contents = new TreeMap<String, String>();
        for (int row : resources.rows(true, Set.of())) {
            contents.put(resources.name(row), resources.version(row) + "=" + new String(resources.value(row), UTF_8));
        }
        assertThat(IntStream.of(resources.rows(false, contents.keySet())).sorted())
                .containsExactly(IntStream.range(0, resources.count()).boxed().toArray(Integer[]::new));
        return contents;
    }
}
