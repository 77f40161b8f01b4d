package dev.outrigger.agent.envoy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrigger.agent.config.ConfigException;
import dev.outrigger.agent.config.ConfigParser;
import dev.outrigger.agent.config.Machine;
import dev.outrigger.agent.config.Settings;
import dev.outrigger.testkit.Checkout;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What the launcher's shell starts (`bin/early-envoy`) is what the agent would start with the same settings.
class EarlyEnvoyScriptTest {
    private static final String SCRIPT = ". \"$0\"; early_envoy \"$@\"; printf '%s' \"${OUTRIGGER_EARLY_ENVOY:-none}\"";

    @TempDir
    private Path folder;

    @BeforeEach
    void anEnvoy() throws IOException {
        var envoy = Files.writeString(folder.resolve("envoy"), "#!/bin/sh\ncat >/dev/null\n");
        assertThat(envoy.toFile().setExecutable(true)).isTrue();
    }

    private Map<String, String> environment(Map<String, String> more) {
        var environment = new HashMap<>(more);
        environment.put("PATH", System.getenv("PATH") + ":" + folder);
        return environment;
    }

    /// Lines of what the agent is told; `none` when nothing was started.
    private List<String> told(List<String> prefix, Map<String, String> environment, String... arguments)
            throws IOException, InterruptedException {
        var command = new ArrayList<>(prefix);
        command.addAll(List.of(
                "bash",
                "-euo",
                "pipefail",
                "-c",
                SCRIPT,
                Checkout.root().resolve("bin/early-envoy").toString()));
        command.addAll(List.of(arguments));
        var builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().clear();
        builder.environment().putAll(environment(environment));
        var process = builder.start();
        process.getOutputStream().close();
        var text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).isZero();
        return text.lines().toList();
    }

    private List<String> wanted(Map<String, String> environment, String... arguments) throws ConfigException {
        var machine = new Machine(environment(environment), "host");
        var all = Stream.concat(
                        Stream.of("--control-plane=127.0.0.1:1", "--work-dir=" + folder),
                        Stream.of(arguments).skip(1))
                .toList();
        var config = ConfigParser.forRun(Settings.read(all, environment, Map.of()), machine)
                .envoy()
                .orElseThrow();
        return config.command(config.logLevel(), Path.of("/dev/fd/0"));
    }

    private void agree(Map<String, String> environment, String... arguments) throws Exception {
        var told = told(List.of(), environment, arguments);

        assertThat(told).as("is started").hasSizeGreaterThan(2);
        assertThat(told.subList(2, told.size())).isEqualTo(wanted(environment, arguments));
    }

    @Test
    void bothStartTheSame() throws Exception {
        agree(Map.of(), "run");
        agree(Map.of(), "run", "--identity=none", "--drain-max=25s", "--envoy-log-level=debug");
        agree(Map.of("OUTRIGGER_DRAIN_MAX", "1s", "OUTRIGGER_ENVOY_LOG_LEVEL", "off"), "run", "--envoy-concurrency=3");
        agree(Map.of("OUTRIGGER_ENVOY_CONCURRENCY", "7", "OUTRIGGER_DRAIN_MAX", "9s"), "run", "--drain-max=40s");
        agree(Map.of("OUTRIGGER_PROFILE", "istio", "OUTRIGGER_ENVOY_HEAP_LIMIT", "1Gi"), "run", "--envoy-restarts=1");
    }

    @Test
    void aFileWithoutSettingsOfEnvoyIsNoObstacle() throws Exception {
        var file = Files.writeString(folder.resolve("some.yaml"), "log-level: warn\nstatus-address: 127.0.0.1:9\n");

        agree(Map.of(), "run", "--config=" + file);
        agree(Map.of("OUTRIGGER_CONFIG", file.toString()), "run");
    }

    @Test
    void onlyProcessorsThatMayBeUsedCount() throws Exception {
        var told = told(List.of("taskset", "-c", "0"), Map.of(), "run");

        assertThat(told).containsSequence("--concurrency", "1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "run --no-envoy",
                "run --envoy-path=/bin/false",
                "run --envoy-path /bin/false",
                "run --envoy-argument=--cpuset-threads",
                "run --envoy-log-level debug",
                "run --envoy-concurrency 2",
                "run --drain-max 5s",
                "run --drain-max=5m",
                "run --drain-max=0s",
                "run --envoy-concurrency=many",
                "run --profile=dev",
                "run --profile dev",
                "run --config",
                "run --help",
                "run -h",
                "run --identity=none -- sleep 1"
            })
    void whereItCannotBeToldNothingIsStarted(String arguments) throws Exception {
        assertThat(told(List.of(), Map.of(), arguments.split(" "))).containsExactly("none");
    }

    @Test
    void norIsItWhereTheEnvironmentOrAFileMayAskForAnother() throws Exception {
        var file = Files.writeString(folder.resolve("some.yaml"), "envoy-log-level: debug\n")
                .toString();
        for (var one : List.of(
                Map.of("OUTRIGGER_NO_ENVOY", "true"),
                Map.of("OUTRIGGER_ENVOY_PATH", "/bin/false"),
                Map.of("OUTRIGGER_ENVOY_ARGUMENT", "--cpuset-threads"),
                Map.of("OUTRIGGER_PROFILE", "dev"),
                Map.of("OUTRIGGER_CONFIG", file),
                Map.of("OUTRIGGER_DRAIN_MAX", "PT5S"))) {
            assertThat(told(List.of(), one, "run")).as(one.toString()).containsExactly("none");
        }
        assertThat(told(List.of(), Map.of("OUTRIGGER_EARLY_ENVOY", "off"), "run"))
                .containsExactly("off");
    }

    /// `--config=<(…)`: whoever reads it first has it.
    @Test
    void aFileThatCanBeReadOnlyOnceIsLeftToTheAgent() throws Exception {
        var pipe = folder.resolve("pipe").toString();
        assertThat(new ProcessBuilder("mkfifo", pipe).inheritIO().start().waitFor())
                .isZero();

        assertThat(told(List.of("timeout", "20"), Map.of(), "run", "--config=" + pipe))
                .containsExactly("none");
    }
}
