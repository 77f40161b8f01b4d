package dev.outrigger.xds;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class BookkeepingTest {
    /// Of the bytes of a push: its names and versions once, and a few numbers each. Maps of texts made 65 %.
    private static final double OF_A_PUSH = 0.2;
    /// Whatever its size: envelope, journal, status, metrics.
    private static final double EACH = 40_000;

    static Iterable<BookkeepingBench.Case> cases() {
        return BookkeepingBench.cases();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void aPushAndItsAnswerMakeLittleGarbage(BookkeepingBench.Case shape) throws Exception {
        var bench = new BookkeepingBench(shape);

        assertThat(bench.garbage(10)).isLessThan(bench.bytes() * OF_A_PUSH + EACH);
    }
}
