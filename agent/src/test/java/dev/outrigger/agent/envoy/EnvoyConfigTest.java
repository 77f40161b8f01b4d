package dev.outrigger.agent.envoy;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class EnvoyConfigTest {
    private static final InetSocketAddress ADMIN = new InetSocketAddress(InetAddress.getLoopbackAddress(), 15000);

    @Test
    void envoyIsToldHowManyThreadsItMayHave() {
        int cores = Runtime.getRuntime().availableProcessors();

        assertThat(command(3)).containsSequence("--concurrency", "3");
        assertThat(command(0)).containsSequence("--concurrency", Integer.toString(cores));
    }

    @Test
    void anArgumentOfTheUsersGoesBeforeOurNumber() {
        assertThat(command(3, "--concurrency", "8"))
                .containsOnlyOnce("--concurrency")
                .endsWith("--concurrency", "8");
        assertThat(command(3, "--concurrency=8"))
                .doesNotContain("--concurrency")
                .endsWith("--concurrency=8");
    }

    private static List<String> command(int concurrency, String... arguments) {
        return new EnvoyConfig(
                        Path.of("/bin/envoy"),
                        Optional.empty(),
                        Optional.empty(),
                        Path.of("/run/bootstrap.json"),
                        ADMIN,
                        concurrency,
                        "info",
                        List.of(arguments),
                        Duration.ofSeconds(30),
                        5,
                        Duration.ofMinutes(5))
                .command("info");
    }
}
