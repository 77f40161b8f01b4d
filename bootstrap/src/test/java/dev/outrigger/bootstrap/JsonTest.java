package dev.outrigger.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.google.gson.GsonBuilder;
import com.google.gson.ToNumberPolicy;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class JsonTest {
    @Test
    void membersKeepTheirOrder() {
        var json = Json.object()
                .put("z", "text")
                .put("a", 1)
                .put("m", 2.5)
                .put("b", true)
                .put("list", List.of("one", 2, Json.object()))
                .put("z", "replaced");

        assertThat(json.compact())
                .isEqualTo("{\"z\":\"replaced\",\"a\":1,\"m\":2.5,\"b\":true,\"list\":[\"one\",2,{}]}");
    }

    @Test
    void prettyIndentsByTwoSpaces() {
        var json =
                Json.object().put("a", Json.array().add("x").add(Json.array())).put("b", Json.object());

        assertThat(json.pretty()).isEqualTo("""
                {
                  "a": [
                    "x",
                    []
                  ],
                  "b": {}
                }
                """);
    }

    @Test
    void whatWouldBreakALineOrAStringIsEscaped() {
        var json = Json.array().add("\"\\/\b\f\n\r\t\0\u001f\u007f\u2028\u2029é\uD83D\uDEF6");

        assertThat(json.compact())
                .isEqualTo("[\"\\\"\\\\/\\u0008\\u000c\\n\\r\\t\\u0000\\u001f\\u007f\\u2028\\u2029é\uD83D\uDEF6\"]");
    }

    @Test
    void halfASurrogatePairBecomesTheReplacementCharacter() {
        assertThat(Json.array().add("a\uD83D").add("\uDEF6b").compact()).isEqualTo("[\"a\uFFFD\",\"\uFFFDb\"]");
    }

    @Test
    void aValueWithoutJsonIsRefused() {
        var json = Json.object();

        assertThatIllegalArgumentException().isThrownBy(() -> json.put("x", Double.NaN));
        assertThatIllegalArgumentException().isThrownBy(() -> json.put("x", List.of(Float.POSITIVE_INFINITY)));
        assertThatIllegalArgumentException().isThrownBy(() -> json.put("x", List.of(new Object())));
        assertThatIllegalArgumentException().isThrownBy(() -> json.put("x", Map.of("y", Map.of(1, 2))));
        assertThat(json.compact()).isEqualTo("{}");
    }

    @Test
    void objectsTakeMembersAndArraysTakeElements() {
        assertThatIllegalStateException().isThrownBy(() -> Json.array().put("x", 1));
        assertThatIllegalStateException().isThrownBy(() -> Json.object().add("x"));
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void anotherParserReadsBackWhatWasWritten(long seed) {
        var random = new Random(seed);
        var gson = new GsonBuilder()
                .setObjectToNumberStrategy(ToNumberPolicy.LONG_OR_DOUBLE)
                .create();

        for (int i = 0; i < 200; i++) {
            var value = randomMap(random, 4);
            var json = Json.object(value);

            assertThat(gson.fromJson(json.compact(), Object.class)).isEqualTo(value);
            assertThat(gson.fromJson(json.pretty(), Object.class)).isEqualTo(value);
        }
    }

    private static @Nullable Object randomValue(Random random, int depth) {
        return switch (random.nextInt(depth > 0 ? 7 : 5)) {
            case 0 -> randomText(random);
            case 1 -> random.nextLong();
            case 2 -> random.nextGaussian() * 1e6;
            case 3 -> random.nextBoolean();
            case 4 -> null;
            case 5 -> randomList(random, depth - 1);
            default -> randomMap(random, depth - 1);
        };
    }

    private static Map<String, @Nullable Object> randomMap(Random random, int depth) {
        var map = new LinkedHashMap<String, @Nullable Object>();
        for (int i = random.nextInt(5); i > 0; i--) {
            map.put(randomText(random), randomValue(random, depth));
        }
        return map;
    }

    private static List<@Nullable Object> randomList(Random random, int depth) {
        var list = new ArrayList<@Nullable Object>();
        for (int i = random.nextInt(5); i > 0; i--) {
            list.add(randomValue(random, depth));
        }
        return list;
    }

    private static String randomText(Random random) {
        var text = new StringBuilder();
        for (int i = random.nextInt(12); i > 0; i--) {
            int character = random.nextInt(random.nextBoolean() ? 0x80 : Character.MAX_CODE_POINT + 1);
            text.appendCodePoint(character >= 0xD800 && character < 0xE000 ? '?' : character);
        }
        return text.toString();
    }
}
