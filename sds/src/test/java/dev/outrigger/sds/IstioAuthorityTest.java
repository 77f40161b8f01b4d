package dev.outrigger.sds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.outrigger.sds.Authority.RequestFailedException;
import dev.outrigger.sds.IdentityConfig.CaSecurity;
import dev.outrigger.sds.IdentityMetrics.Failure;
import dev.outrigger.testkit.FakeCa;
import dev.outrigger.testkit.TestCa;
import io.grpc.Status;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/// The wire to the authority, against a real server.
class IstioAuthorityTest {
    private static final String ID = TestIdentities.ID;
    private static final TestCa CA = TestCa.create("root");
    private static final TestCa SERVER_CA = TestCa.create("server root");
    private static final Duration HOUR = Duration.ofHours(1);
    private static final Duration LONG = Duration.ofSeconds(20);

    @TempDir
    Path folder;

    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private Path token;
    private Path roots;
    private String request;
    private @Nullable FakeCa ca;

    @BeforeEach
    void files() throws Exception {
        token = folder.resolve("token");
        Files.writeString(token, "first-token\n");
        roots = folder.resolve("roots.pem");
        Files.writeString(roots, SERVER_CA.rootPem());
        request = CertificateRequest.of(ID, KeyType.ECDSA_P256).pem();
    }

    @AfterEach
    void close() {
        if (ca != null) {
            ca.close();
        }
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(5, TimeUnit.SECONDS);
    }

    @Test
    void aRequestCarriesWhatIstiodWantsAndTheTokenIsReadForEach() throws Exception {
        var server = plain();
        server.require("second-token");
        var authority = authority(new CaSecurity.Plaintext(), LONG);

        var failure = failure(authority);
        assertThat(failure.failure()).isEqualTo(Failure.UNAUTHENTICATED);
        assertThat(failure.soon()).isFalse();
        Files.writeString(token, "second-token");
        var answer = authority.sign(request, 0);

        assertThat(answer).hasSize(2).last().isEqualTo(CA.rootPem().strip());
        var call = server.calls().getLast();
        assertThat(call.header("authorization")).isEqualTo("Bearer second-token");
        assertThat(call.header("clusterid")).isEqualTo("Kubernetes");
        assertThat(call.message().getCsr()).isEqualTo(request);
        assertThat(call.message().getValidityDuration()).isEqualTo(3600);
        assertThat(call.message().getMetadata().getFieldsOrThrow("CertSigner").getStringValue())
                .isEqualTo("signer.example/x");
    }

    @Test
    void rootsAreReadForEachRequestAndTheNameIsChecked() throws Exception {
        tls();
        var right = new CaSecurity.Tls(Optional.of(roots), Optional.of("istiod.example"));
        var authority = authority(right, LONG);
        assertThat(authority.sign(request, 0)).hasSize(2);

        Files.writeString(roots, CA.rootPem());
        assertThat(failure(authority).failure()).isEqualTo(Failure.UNAVAILABLE);
        Files.writeString(roots, "");
        assertThat(failure(authority)).hasMessageContaining("roots file " + roots + " is empty");
        Files.delete(roots);
        assertThat(failure(authority)).hasMessageContaining("roots file " + roots + " does not exist");
        Files.writeString(roots, CA.rootPem() + SERVER_CA.rootPem());
        assertThat(authority.sign(request, 0)).hasSize(2);

        var wrong = authority(new CaSecurity.Tls(Optional.of(roots), Optional.of("other.example")), LONG);
        assertThat(failure(wrong)).hasMessageContaining("other.example");
        var system = authority(new CaSecurity.Tls(Optional.empty(), Optional.of("istiod.example")), LONG);
        assertThat(failure(system).failure()).isEqualTo(Failure.UNAVAILABLE);
    }

    @Test
    void anAuthorityThatHangsHasADeadline() throws Exception {
        var server = plain();
        server.hang();
        var authority = authority(new CaSecurity.Plaintext(), Duration.ofMillis(200));

        var failure = failure(authority);

        assertThat(failure.failure()).isEqualTo(Failure.TIMEOUT);
        assertThat(failure.soon()).isTrue();
        assertThat(failure).hasMessage("no answer within 200 ms");
        server.issue();
        server.slow(Duration.ofMillis(300));
        assertThat(failure(authority).failure()).isEqualTo(Failure.TIMEOUT);
        assertThat(authority(new CaSecurity.Plaintext(), LONG).sign(request, 0)).hasSize(2);
    }

    @Test
    void anAuthorityThatIsNotThereIsUnavailableUntilItComesBack() throws Exception {
        var server = plain();
        var authority = authority(new CaSecurity.Plaintext(), LONG);
        server.stop();

        assertThat(failure(authority).failure()).isEqualTo(Failure.UNAVAILABLE);
        assertThat(failure(authority).soon()).isTrue();
        server.restart();

        assertThat(authority.sign(request, 0)).hasSize(2);
    }

    @ParameterizedTest
    @EnumSource(names = {"CANCELLED", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED", "ABORTED", "INTERNAL", "UNAVAILABLE"})
    void whatMayPassIsTriedAgainSoon(Status.Code code) throws Exception {
        plain().refuse(code.toStatus().withDescription("busy"));

        assertThat(failure(authority(new CaSecurity.Plaintext(), LONG)).soon()).isTrue();
    }

    @ParameterizedTest
    @EnumSource(
            mode = Mode.EXCLUDE,
            names = {"OK", "CANCELLED", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED", "ABORTED", "INTERNAL", "UNAVAILABLE"
            })
    void whatIsRefusedIsTriedAgainLaterWithItsReason(Status.Code code) throws Exception {
        plain().refuse(code.toStatus().withDescription("no, and\nno"));

        var failure = failure(authority(new CaSecurity.Plaintext(), LONG));

        assertThat(failure.soon()).isFalse();
        assertThat(failure).hasMessageStartingWith(code + " (no, and?no)");
    }

    @Test
    void aTokenThatIsMissingEmptyOrNoTokenIsNamedAndNeverShown() throws Exception {
        var server = plain();
        var authority = authority(new CaSecurity.Plaintext(), LONG);

        Files.writeString(token, " \n");
        assertThat(failure(authority)).hasMessageContaining("token file " + token + " does not hold one token");
        Files.writeString(token, "two tokens");
        assertThat(failure(authority)).hasMessageNotContaining("two");
        Files.delete(token);
        assertThat(failure(authority)).hasMessageContaining("token file " + token + " does not exist");

        assertThat(server.calls()).isEmpty();
    }

    @Test
    void aNameThatDoesNotResolveIsNamed() {
        var config = config(InetSocketAddress.createUnresolved("ca.invalid", 1), new CaSecurity.Plaintext(), LONG);

        assertThatThrownBy(() -> new IstioAuthority(config, loops).sign(request, 0))
                .isInstanceOf(RequestFailedException.class)
                .hasMessageContaining("does not resolve");
        assertThat(config.toString()).doesNotContain("secret-value");
    }

    private RequestFailedException failure(IstioAuthority authority) {
        return catchThrowableOfType(RequestFailedException.class, () -> authority.sign(request, 0));
    }

    private FakeCa plain() throws IOException {
        var started = FakeCa.start(CA, ID);
        ca = started;
        return started;
    }

    private void tls() throws IOException {
        ca = FakeCa.start(CA, ID, InstantSource.system(), SERVER_CA.issue("istiod.example", HOUR));
    }

    private IstioAuthority authority(CaSecurity security, Duration timeout) {
        return new IstioAuthority(config(java.util.Objects.requireNonNull(ca).address(), security, timeout), loops);
    }

    private IdentityConfig.Ca config(InetSocketAddress address, CaSecurity security, Duration timeout) {
        return new IdentityConfig.Ca(
                address,
                security,
                Optional.of(token),
                Map.of("clusterid", "Kubernetes", "x-extra", "secret-value"),
                Optional.of("signer.example/x"),
                ID,
                KeyType.ECDSA_P256,
                HOUR,
                timeout,
                Optional.empty(),
                IdentityConfig.Policy.DEFAULT);
    }
}
