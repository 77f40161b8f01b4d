package dev.outrigger.agent.it;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// `bin/soak --sequences N` runs this for many; the other tests include two.
///
/// System properties: `outrigger.soak.sequences`, 2 unless given, `outrigger.soak.steps` of each, 10 unless
/// given, and `outrigger.soak.seed` of the first, random unless given; the others follow it. A seed repeats the
/// steps, not their timing.
class XdsSoakTest {
    @TempDir
    private Path folder;

    @ParameterizedTest(name = "{0} seed {1}")
    @MethodSource("sequences")
    void envoyHoldsWhatItMustAfterEachStepAndNoRequestIsLost(String mode, long seed)
            throws IOException, InterruptedException {
        long start = System.nanoTime();
        try (var soak = XdsSoak.start(new Random(seed), folder, mode)) {
            try {
                soak.run(Integer.getInteger("outrigger.soak.steps", 10));
                System.out.println("xds soak: " + mode + " seed " + seed + ", "
                        + (System.nanoTime() - start) / 1_000_000 + " ms, " + soak.requests() + ": " + soak.history());
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError(
                        mode + " seed " + seed + ", " + soak.requests() + ": " + soak.history() + ": " + e.getMessage()
                                + "\n" + soak.log(),
                        e);
            }
        }
    }

    static Stream<Arguments> sequences() {
        var given = Long.getLong("outrigger.soak.seed");
        long first = given == null ? RandomGenerator.getDefault().nextInt(1_000_000) : given;
        return IntStream.range(0, Integer.getInteger("outrigger.soak.sequences", 2))
                .mapToObj(i -> Arguments.of(i % 2 == 0 ? "delta" : "sotw", first + i / 2));
    }
}
