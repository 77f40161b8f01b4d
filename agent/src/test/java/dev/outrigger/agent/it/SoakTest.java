package dev.outrigger.agent.it;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `bin/soak` runs this for long; the other tests include a short slice.
///
/// System properties: `outrigger.soak.seed`, random unless given, and `outrigger.soak.for`, 15s unless given. A seed
/// repeats the steps, not their timing.
class SoakTest {
    @TempDir
    private Path folder;

    @Test
    void aRandomLifeLosesNoRequestOutsideOfFaultsAndLeavesNothingBehind() throws IOException, InterruptedException {
        var given = System.getProperty("outrigger.soak.seed");
        var seed = given == null ? RandomGenerator.getDefault().nextLong() : Long.parseLong(given);
        var duration = Duration.parse(
                "PT" + System.getProperty("outrigger.soak.for", "15s").toUpperCase(Locale.ROOT));
        System.out.println("soak: seed " + seed + " for " + duration);
        try (var soak = Soak.start(folder, new Random(seed))) {
            run(soak, seed, duration);
        }
        Eventually.holds(
                5,
                () -> Processes.naming(folder.toString()).isEmpty(),
                () -> "left behind: " + Processes.naming(folder.toString()));
    }

    private static void run(Soak soak, long seed, Duration duration) throws InterruptedException {
        try {
            soak.run(duration);
            System.out.println("soak: " + soak.history() + "; " + soak.memory());
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError(
                    "seed " + seed + ", " + soak.history() + ": " + e.getMessage() + "\n" + soak.log(), e);
        }
    }
}
