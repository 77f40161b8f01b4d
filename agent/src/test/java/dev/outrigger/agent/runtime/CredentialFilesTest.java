package dev.outrigger.agent.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.outrigger.bootstrap.CertificateFiles;
import dev.outrigger.health.Gate;
import dev.outrigger.health.HealthBoard;
import dev.outrigger.sds.Identity;
import dev.outrigger.sds.IdentityConfig;
import dev.outrigger.sds.IdentitySource;
import dev.outrigger.sds.IdentitySources;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CredentialFilesTest {
    private static final long LIMIT = TimeUnit.SECONDS.toNanos(30);

    private final HealthBoard board = new HealthBoard(InstantSource.system());

    @TempDir
    Path folder;

    @Test
    void aFailedReplacementIsToldAndTheNextIdentityIsWritten() throws Exception {
        try (var loops = EventLoops.start();
                var source = source(loops);
                var _ = start(source)) {
            assertThat(folder.resolve("key.pem")).hasContent(identity(source).keyPem());
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("key.pem"))))
                    .isEqualTo("rw-r-----");
            assertThat(board.readiness().ready()).isTrue();

            delete(folder);
            source.renew("test").toCompletableFuture().join();
            eventually(() -> reason().contains("newer credentials cannot be written"));
            assertThat(board.readiness().ready()).isTrue();

            Files.createDirectory(folder);
            source.renew("test").toCompletableFuture().join();
            eventually(() -> !reason().contains("cannot"));
            assertThat(folder.resolve("key.pem")).hasContent(identity(source).keyPem());
            assertThat(folder.resolve("cert-chain.pem"))
                    .hasContent(identity(source).chainPem());
            assertThat(folder.resolve("roots.pem")).hasContent(identity(source).bundlePem());
        }
    }

    @Test
    void theAgentDoesNotStartWhenTheFilesCannotBeWritten() throws Exception {
        delete(folder);

        try (var loops = EventLoops.start();
                var source = source(loops)) {
            assertThatThrownBy(() -> start(source))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(folder.toString())
                    .hasMessageContaining("does it exist");
        }
        Files.createDirectory(folder);
    }

    private CredentialFiles start(IdentitySource source) throws IOException {
        var files = new CertificateFiles(
                folder.resolve("cert-chain.pem"),
                folder.resolve("key.pem"),
                folder.resolve("roots.pem"),
                Duration.ofSeconds(5));
        return CredentialFiles.start(
                files, "rw-r-----", source.latest(), board.condition("credentials", Gate.READINESS, "starting"));
    }

    private IdentitySource source(EventLoops loops) throws IOException {
        var source = IdentitySources.start(
                new IdentityConfig.DevCa("spiffe://example.org/web", Duration.ofHours(1), Optional.empty()),
                loops.group(),
                new SimpleMeterRegistry(),
                board.condition("identity", Gate.INFORMATION, "starting"),
                InstantSource.system(),
                RandomGenerator.getDefault());
        source.awaitStarted();
        return source;
    }

    private static Identity identity(IdentitySource source) {
        return source.latest().get().orElseThrow();
    }

    private String reason() {
        return board.readiness().conditions().stream()
                .filter(condition -> condition.name().equals("credentials"))
                .findAny()
                .orElseThrow()
                .reason();
    }

    private static void eventually(BooleanSupplier holds) throws InterruptedException {
        var end = System.nanoTime() + LIMIT;
        while (!holds.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(end);
            var _ = new CountDownLatch(1).await(10, TimeUnit.MILLISECONDS);
        }
    }

    /// As by somebody who tidies up.
    private static void delete(Path folder) throws IOException {
        try (var all = Files.walk(folder)) {
            for (var path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
