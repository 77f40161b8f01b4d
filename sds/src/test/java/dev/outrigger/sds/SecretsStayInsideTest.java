package dev.outrigger.sds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrigger.health.Gate;
import dev.outrigger.health.HealthBoard;
import dev.outrigger.sds.IdentityConfig.CaSecurity;
import dev.outrigger.testkit.FakeCa;
import dev.outrigger.testkit.TestCa;
import io.grpc.Status;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Greps everything that is said, at every level of ours and from warnings on of the libraries, for what is
/// secret.
class SecretsStayInsideTest {
    private static final String ID = TestIdentities.ID;
    private static final String TOKEN = "eyJhbGciOiJub25lIn0.c2VjcmV0.c2lnbmVk";
    private static final String HEADER = "header-secret-0815";
    private static final TestCa CA = TestCa.create("root");
    private static final Duration LONG = Duration.ofSeconds(10);

    @TempDir
    Path folder;

    private final MultiThreadIoEventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final HealthBoard board = new HealthBoard(InstantSource.system());
    private final List<String> said = new ArrayList<>();

    @Test
    void ofACertificateAuthority() throws Exception {
        var token = Files.writeString(folder.resolve("token"), TOKEN);
        try (var ours = new TestLog("dev.outrigger");
                var all = new TestLog("");
                var ca = FakeCa.start(CA, ID)) {
            var config = new IdentityConfig.Ca(
                    ca.address(),
                    new CaSecurity.Plaintext(),
                    Optional.of(token),
                    Map.of("x-secret", HEADER),
                    Optional.empty(),
                    ID,
                    KeyType.ECDSA_P256,
                    LONG.multipliedBy(60),
                    LONG,
                    Optional.empty(),
                    IdentityConfig.Policy.DEFAULT);
            said.add(config.toString());
            try (var source = start(config)) {
                var identity = renew(source);
                ca.refuse(Status.UNAUTHENTICATED);
                renew(source);
                ca.issue();
                ca.bend(parts -> List.of(parts.getFirst().substring(0, 300), parts.getLast()));
                renew(source);
                Files.writeString(token, TOKEN + " " + TOKEN);
                renew(source);
                ca.stop();
                Files.writeString(token, TOKEN);
                renew(source);

                check(
                        ours,
                        all,
                        List.of(
                                TOKEN,
                                HEADER,
                                secretOf(java.util.Objects.requireNonNull(identity)
                                        .keyPem())));
            }
        }
    }

    @Test
    void ofFiles() throws Exception {
        var random = new Random(7);
        var issued = CA.issue(ID, Duration.ofHours(1));
        var key = Files.writeString(folder.resolve("key.pem"), issued.keyPem());
        var certificate = Files.writeString(folder.resolve("cert.pem"), issued.chainPem());
        var bundle = Files.writeString(folder.resolve("roots.pem"), CA.rootPem());
        try (var ours = new TestLog("dev.outrigger");
                var all = new TestLog("");
                var source = start(new IdentityConfig.Files(certificate, key, bundle, IdentityConfig.Policy.DEFAULT))) {
            renew(source);
            for (var i = 0; i < 200; i++) {
                Files.write(
                        key,
                        Corruption.of(issued.keyPem().getBytes(java.nio.charset.StandardCharsets.US_ASCII), random));
                renew(source);
            }
            Files.copy(key, certificate, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            renew(source);
            Files.writeString(certificate, issued.keyPem());
            Files.writeString(bundle, issued.keyPem());
            renew(source);

            check(ours, all, List.of(secretOf(issued.keyPem())));
        }
    }

    private IdentitySource start(IdentityConfig config) throws Exception {
        return IdentitySources.start(
                config,
                loops,
                new SimpleMeterRegistry(),
                board.condition("identity", Gate.INFORMATION, "not started"),
                InstantSource.system(),
                new Random(1));
    }

    /// Null when it failed.
    private @org.jspecify.annotations.Nullable Identity renew(IdentitySource source) throws Exception {
        Identity identity = null;
        try {
            identity = source.renew("test").get(20, TimeUnit.SECONDS);
            said.add(identity.toString());
        } catch (ExecutionException e) {
            for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                said.add(cause.toString());
            }
        }
        said.add(source.status().toString());
        said.add(source.latest().get().toString());
        board.readiness().conditions().forEach(condition -> said.add(condition.reason()));
        return identity;
    }

    private void check(TestLog ours, TestLog all, List<String> secrets) {
        said.addAll(ours.lines());
        said.addAll(all.lines(Level.WARNING));
        assertThat(said)
                .hasSizeGreaterThan(10)
                .allSatisfy(
                        line -> assertThat(line).doesNotContain("PRIVATE KEY-").doesNotContain(secrets));
        var _ = loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    /// A part of the key that no other text has.
    private static String secretOf(String keyPem) {
        return keyPem.lines().skip(1).findFirst().orElseThrow().substring(40, 60);
    }
}
