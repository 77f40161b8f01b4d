package dev.outrigger.agent.it;

import java.io.IOException;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.LongStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// `bin/soak --walks N` runs this for many; the other tests include three.
///
/// System properties: `outrigger.soak.walks`, 3 unless given, and `outrigger.soak.seed` of the first, random unless
/// given; the others follow it. A seed repeats the steps, not their timing.
class WalkTest {
    @TempDir
    private Path folder;

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void whateverHappensTheEndIsADocumentedOneAndNothingIsLeft(long seed) throws IOException, InterruptedException {
        var start = System.nanoTime();
        try (var mesh = Mesh.start(folder)) {
            var walk = new Walk(new SplittableRandom(seed), folder, mesh);
            try {
                walk.run();
                System.out.println("walk: seed " + seed + ", " + (System.nanoTime() - start) / 1_000_000 + " ms, "
                        + walk.history());
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed + ", " + walk.history() + ": " + e.getMessage(), e);
            }
        }
    }

    static LongStream seeds() {
        var given = Long.getLong("outrigger.soak.seed");
        long first = given == null ? RandomGenerator.getDefault().nextInt(1_000_000) : given;
        return LongStream.range(first, first + Integer.getInteger("outrigger.soak.walks", 3));
    }
}
