package dev.outrigger.agent.it;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `bin/soak --drains N` runs this for long; the other tests include a few.
///
/// System properties: `outrigger.soak.seed`, random unless given, and `outrigger.soak.drains`, 3 unless given.
class DrainSoakTest {
    @TempDir
    private Path folder;

    @Test
    void noDrainLosesACall() throws IOException, InterruptedException {
        var given = System.getProperty("outrigger.soak.seed");
        var seed = given == null ? RandomGenerator.getDefault().nextLong() : Long.parseLong(given);
        var drains = Integer.getInteger("outrigger.soak.drains", 3);
        try (var soak = DrainSoak.start(folder, new Random(seed))) {
            try {
                for (var i = 0; i < drains; i++) {
                    soak.life();
                }
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed + ", " + soak.history() + ": " + e.getMessage(), e);
            }
            System.out.println("drain soak: seed " + seed + ", " + soak.history());
        }
    }
}
