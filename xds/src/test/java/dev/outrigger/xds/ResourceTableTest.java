package dev.outrigger.xds;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.ProtocolException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResourceTableTest {
    private final ResourceTable table = new ResourceTable();

    @Test
    void aVersionThatGrowsLeavesTheOtherRowsAlone() {
        add("a", "1");
        add("b", "1");

        set(table.find("a"), "a much longer version than before");
        set(table.find("b"), "");

        assertThat(contents(table)).isEqualTo(Map.of("a", "a much longer version than before", "b", ""));
    }

    @Test
    void theLastRowTakesThePlaceOfOneThatIsRemoved() {
        add("a", "1");
        add("b", "2");
        add("c", "3");

        table.remove(0);

        assertThat(table.names()).containsExactly("c", "b");
        assertThat(table.version(table.find("c"))).isEqualTo("3");
        assertThat(table.contains("a")).isFalse();
    }

    @Test
    void aWrongGuessDoesNoHarm() {
        add("a", "1");
        add("b", "2");
        var name = "b".getBytes(UTF_8);

        assertThat(List.of(0, 1, 2, 100)).allMatch(guess -> table.find(name, 0, 1, guess) == 1);
        assertThat(table.find("c".getBytes(UTF_8), 0, 1, 1)).isEqualTo(-1);
    }

    @Test
    void ofTenThousandNamesMostCanLeaveAndComeBack() {
        for (int i = 0; i < 10_000; i++) {
            add("name-" + i, "v" + i);
        }

        table.retain(name -> name.endsWith("77"));
        assertThat(table.count()).isEqualTo(100);
        for (int i = 0; i < 10_000; i++) {
            if (table.add("name-" + i)) {
                set(table.find("name-" + i), "again");
            }
        }

        assertThat(table.count()).isEqualTo(10_000);
        assertThat(table.version(table.find("name-177"))).isEqualTo("v177");
        assertThat(table.version(table.find("name-178"))).isEqualTo("again");
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void afterAnyHistoryItHoldsWhatAMapWould(long seed) throws ProtocolException {
        var random = new Random(seed);
        for (int run = 0; run < 30; run++) {
            var tried = new ResourceTable();
            var map = new HashMap<String, String>();
            int names = 1 + random.nextInt(run % 3 == 0 ? 2_000 : 40);
            for (int step = 0; step < 400; step++) {
                step(tried, map, random, names);
            }
            assertThat(contents(tried)).isEqualTo(map);
            map.forEach((name, version) ->
                    assertThat(tried.version(tried.find(name))).isEqualTo(version));
        }
    }

    private static void step(ResourceTable table, Map<String, String> map, Random random, int names)
            throws ProtocolException {
        var name = text(random, names);
        switch (random.nextInt(12)) {
            case 0, 1, 2 -> {
                assertThat(table.add(name)).isEqualTo(!map.containsKey(name));
                map.putIfAbsent(name, "");
            }
            case 3, 4 -> {
                table.remove(name);
                map.remove(name);
            }
            case 5, 6 -> take(table, map, random, names);
            case 7 -> {
                if (random.nextInt(20) == 0) {
                    table.retain(it -> it.length() < 5);
                    map.keySet().removeIf(it -> it.length() >= 5);
                }
            }
            case 8 -> {
                if (random.nextInt(100) == 0) {
                    table.clear();
                    map.clear();
                }
            }
            default -> assertThat(table.contains(name)).isEqualTo(map.containsKey(name));
        }
        assertThat(table.count()).isEqualTo(map.size());
    }

    /// As an accepted push of the delta protocol would.
    private static void take(ResourceTable table, Map<String, String> map, Random random, int names)
            throws ProtocolException {
        var listing = new Writer();
        for (int i = random.nextInt(Math.min(names, 200)); i > 0; i--) {
            var name = text(random, names);
            var version = text(random, 5);
            listing.message(2, new Writer().string(1, version).string(3, name));
            map.put(name, version);
        }
        for (int i = random.nextInt(3); i > 0; i--) {
            var name = text(random, names);
            listing.element(6, name);
            map.remove(name);
        }
        var push = Push.read(Protocol.DELTA, Message.of(listing.toBytes()));
        table.take(push.listing(), null, push.removed());
    }

    private static String text(Random random, int different) {
        int number = random.nextInt(different);
        return (number % 3 == 0 ? "ü" : "n").repeat(number % 11) + number;
    }

    private void add(String name, String version) {
        assertThat(table.add(name)).isTrue();
        set(table.find(name), version);
    }

    private void set(int row, String version) {
        var bytes = version.getBytes(UTF_8);
        table.version(row, bytes, 0, bytes.length);
        assertThat(table.isVersion(row, bytes, 0, bytes.length)).isTrue();
    }

    private static Map<String, String> contents(ResourceTable table) {
        var contents = new HashMap<String, String>();
        for (int row = 0; row < table.count(); row++) {
            assertThat(contents.put(table.name(row), table.version(row))).isNull();
        }
        return contents;
    }
}
