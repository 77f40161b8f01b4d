package dev.outrigger.agent.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.text.MessageFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AgentLoggerTest {
    @Test
    void placesAreFilledAndNumbersHaveNoSeparators() {
        assertThat(filled("a={0} b={1} a={0}", "x", 12_345)).isEqualTo("a=x b=12345 a=x");
        assertThat(filled("{1}{0}", "x", "y")).isEqualTo("yx");
        assertThat(filled("{0} {7}", "x")).isEqualTo("x {7}");
        assertThat(filled("nothing {0}")).isEqualTo("nothing {0}");
        assertThat(filled("{0,number,#}", 7)).isEqualTo("7");
        assertThat(filled("it''s '{'{0}", "x")).isEqualTo("it's {x");
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void textsAreFilledAsMessageFormatDoes(long seed) {
        var random = new Random(seed);
        for (var i = 0; i < 500; i++) {
            var format = new StringBuilder();
            for (var piece = random.nextInt(6); piece > 0; piece--) {
                format.append(
                        random.nextBoolean()
                                ? "{" + random.nextInt(12) + "}"
                                : "some=text }".substring(random.nextInt(4), 4 + random.nextInt(6)));
            }
            var parameters = random.ints(random.nextInt(1, 12), 0, 99)
                    .mapToObj(Integer::toString)
                    .toArray();

            assertThat(filled(format.toString(), parameters))
                    .as(format.toString())
                    .isEqualTo(MessageFormat.format(format.toString(), parameters));
        }
    }

    private static String filled(String format, Object... parameters) {
        return AgentLogger.filled(format, parameters);
    }
}
