package dev.outrigger.agent.it;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `bin/soak --identity` runs this for long; the other tests include a short slice.
///
/// System properties: `outrigger.soak.seed`, random unless given, and `outrigger.soak.rotations`, 10 unless
/// given. A seed repeats the steps, not their timing.
class IdentitySoakTest {
    @TempDir
    private Path folder;

    @Test
    void noHandshakeFailsAndNoExpiredCertificateIsShownWhateverTheSourceDoes()
            throws IOException, InterruptedException {
        var given = System.getProperty("outrigger.soak.seed");
        var seed = given == null ? RandomGenerator.getDefault().nextLong() : Long.parseLong(given);
        var rotations = Integer.getInteger("outrigger.soak.rotations", 10);
        System.out.println("identity soak: seed " + seed + " for " + rotations + " rotations");
        try (var soak = IdentitySoak.start(folder, new Random(seed))) {
            run(soak, seed, rotations);
        }
    }

    private static void run(IdentitySoak soak, long seed, int rotations) throws IOException, InterruptedException {
        try {
            soak.run(rotations);
            System.out.println("identity soak: " + soak.history());
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError(
                    "seed " + seed + ", " + soak.history() + ": " + e.getMessage() + "\n" + soak.log(), e);
        }
    }
}
