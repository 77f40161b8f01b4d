package dev.outrigger.agent.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrigger.testkit.Checkout;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What of the scripts below `bench/` must not wait for the next benchmark to be found broken.
class BenchScriptsTest {
    private record Ended(int status, String said) {}

    @ParameterizedTest
    @ValueSource(strings = {"flat", "memory", "startup", "restart", "probes", "dns"})
    void helpIsThereWithoutABuild(String script) throws Exception {
        var ended = run(Checkout.root(), "bench/" + script, "--help");

        assertThat(ended.status()).as(ended.said()).isZero();
        assertThat(ended.said()).startsWith("usage: " + script);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"flat --scale 0", "flat --scale much", "memory --agents 0", "memory --only much", "flat now"})
    void wrongUsageIsRefusedBeforeAnythingIsBuilt(String command) throws Exception {
        var ended = run(Checkout.root(), ("bench/" + command).split(" ", -1));

        assertThat(ended.status()).isEqualTo(2);
        assertThat(ended.said()).contains("usage: ", "error: ");
    }

    @Test
    void whatTheVerdictRestsOnIsRight() throws Exception {
        var ended = run(Checkout.root().resolve("bench"), "python3", "-B", "-m", "unittest", "lib.weight_test");

        assertThat(ended.status()).as(ended.said()).isZero();
    }

    private static Ended run(Path folder, String... command) throws IOException, InterruptedException {
        var process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        return new Ended(process.exitValue(), said);
    }
}
