package dev.outrigger.stats;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PrefixCodeTest {
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void everySymbolHasAWordAndNoneIsTooLong(long seed) {
        var random = new Random(seed);
        for (var run = 0; run < 2_000; run++) {
            var frequencies = new int[2 + random.nextInt(511)];
            var most = 1 << random.nextInt(31);
            for (var i = 0; i < frequencies.length; i++) {
                frequencies[i] = random.nextInt(3) == 0 ? 0 : random.nextInt(most);
            }
            check(PrefixCode.shortest(frequencies));
        }
    }

    /// Those for which Huffman's words become longest.
    @Test
    void frequenciesThatGrowAsFibonaccisNumbersMakeNoneTooLong() {
        for (var symbols = 2; symbols <= 44; symbols++) {
            var frequencies = new int[symbols];
            frequencies[0] = 1;
            frequencies[1] = 1;
            for (var i = 2; i < symbols; i++) {
                frequencies[i] = frequencies[i - 1] + frequencies[i - 2];
            }
            check(PrefixCode.shortest(frequencies));
        }
    }

    @Test
    void whatIsFrequentIsShort() {
        var code = PrefixCode.shortest(new int[] {5, 1_000, 0, 90, 1_000});

        assertThat(code.lengths()[1]).isLessThanOrEqualTo(2);
        assertThat(code.lengths()[2]).isGreaterThan(code.lengths()[3]);
    }

    /// Complete, and free of prefixes.
    private static void check(PrefixCode code) {
        assertThat(Arrays.stream(code.lengths())).allMatch(length -> length >= 1 && length <= PrefixCode.LONGEST);
        assertThat(Arrays.stream(code.lengths())
                        .map(length -> 1 << (PrefixCode.LONGEST - length))
                        .sum())
                .isEqualTo(1 << PrefixCode.LONGEST);
        var words = new HashSet<String>();
        for (var symbol = 0; symbol < code.lengths().length; symbol++) {
            var bits = Integer.toBinaryString(1 << PrefixCode.LONGEST | code.words()[symbol])
                    .substring(1);
            var word = new StringBuilder(bits).reverse().substring(0, code.lengths()[symbol]);
            assertThat(words.add(word)).isTrue();
        }
        assertThat(words).allMatch(word -> {
            for (var end = 1; end < word.length(); end++) {
                if (words.contains(word.substring(0, end))) {
                    return false;
                }
            }
            return true;
        });
    }
}
