package dev.outrigger.agent.envoy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrigger.agent.stop.Stops;
import dev.outrigger.health.Gate;
import dev.outrigger.health.HealthBoard;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EnvoySupervisorTest {
    private static final int RECORDS = 2000;

    @TempDir
    Path folder;

    @Test
    void whatEnvoySaysWhileItStopsIsPassedOn() throws Exception {
        // The pipe holds all of it, so that it ends before its records are read.
        var envoy = script("""
                sleep 60 2>/dev/null &
                trap 'kill $!; i=0; while [ $i -lt %d ]; do i=$((i + 1)); echo "[info][main] $i"; done >&2; exit 0' TERM
                echo '[info][main] up' >&2
                wait
                """.formatted(RECORDS));
        var said = new LinkedBlockingQueue<String>();
        var supervisor = supervisor(envoy, said);
        assertThat(said.poll(30, TimeUnit.SECONDS)).isEqualTo("main: up");

        supervisor.close();

        assertThat(said.size()).isEqualTo(RECORDS);
    }

    private EnvoySupervisor supervisor(Path envoy, BlockingQueue<String> said) throws IOException {
        var config = new EnvoyConfig(
                envoy,
                Optional.empty(),
                Optional.empty(),
                folder.resolve("bootstrap.json"),
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 9),
                1,
                "info",
                List.of(),
                Duration.ofSeconds(1),
                0,
                Duration.ofMinutes(1));
        return EnvoySupervisor.start(
                config,
                Optional.empty(),
                new EnvoyHooks((level, record) -> said.add(record), crash -> {}, OptionalLong::empty),
                new HealthBoard(Clock.systemUTC()).condition("envoy", Gate.READINESS, "not started"),
                new EnvoyMetrics(new SimpleMeterRegistry()),
                new Stops(),
                Clock.systemUTC(),
                new Random(1));
    }

    private Path script(String text) throws IOException {
        var file = folder.resolve("envoy");
        Files.writeString(file, "#!/bin/sh\n" + text);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    }
}
