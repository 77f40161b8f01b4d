package dev.outrigger.xds;

import static dev.outrigger.xds.Messages.CDS;
import static dev.outrigger.xds.Messages.NODE;
import static dev.outrigger.xds.Messages.sotw;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrigger.testkit.FakeControlPlane;
import io.grpc.netty.GrpcSslContexts;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class XdsTlsTest {
    @TempDir
    Path folder;

    @Test
    void aRootsFileIsTrustedAndReadAgainAtTheNextDial() throws Exception {
        var authority = TestAuthority.create("good");
        var roots = folder.resolve("roots.pem");
        Files.writeString(roots, TestAuthority.create("other").pem());
        try (var controlPlane = FakeControlPlane.start(server(authority, ClientAuth.NONE));
                var relay =
                        TestRelay.start(secured(controlPlane, new Roots.File(roots), "istiod.test"), Optional::empty);
                var client = relay.client(Protocol.SOTW)) {
            client.send(sotw(CDS).setNode(NODE).build().toByteArray());
            assertThat(relay.await("disconnected")).contains("unable to find valid certification path");

            Files.writeString(roots, authority.pem());

            controlPlane.await(CDS);
            assertThat(relay.proxy.status().connected()).isTrue();
        }
    }

    @Test
    void aServerWithAnotherNameIsRefused() throws Exception {
        var authority = TestAuthority.create("good");
        var roots = Files.writeString(folder.resolve("roots.pem"), authority.pem());
        try (var controlPlane = FakeControlPlane.start(server(authority, ClientAuth.NONE));
                var relay = TestRelay.start(
                        secured(controlPlane, new Roots.File(roots), "another.test"), Optional::empty)) {
            assertThat(relay.await("disconnected")).contains("another.test");
        }
    }

    @ParameterizedTest
    @EnumSource
    void aServerWhoseCertificateIsNoGoodIsRefused(TestAuthority.Flaw flaw) throws Exception {
        var authority = TestAuthority.create("good");
        var roots = Files.writeString(folder.resolve("roots.pem"), authority.pem());
        var server = server(authority, authority.flawed("istiod.test", flaw), ClientAuth.NONE);
        try (var controlPlane = FakeControlPlane.start(server);
                var relay =
                        TestRelay.start(secured(controlPlane, new Roots.File(roots), "istiod.test"), Optional::empty)) {
            assertThat(relay.await("disconnected")).contains("TLS handshake failed");
        }
    }

    @Test
    void aForeignRootOfTheSameNameIsNotTrusted() throws Exception {
        var roots = Files.writeString(
                folder.resolve("roots.pem"), TestAuthority.create("good").pem());
        try (var controlPlane = FakeControlPlane.start(server(TestAuthority.create("good"), ClientAuth.NONE));
                var relay =
                        TestRelay.start(secured(controlPlane, new Roots.File(roots), "istiod.test"), Optional::empty)) {
            assertThat(relay.await("disconnected")).contains("TLS handshake failed");
        }
    }

    @Test
    void tlsIsCarriedByTheNativeLibraryWhereThereIsOne() {
        assertThat(OpenSsl.isAvailable()).isTrue();
    }

    @Test
    void anIdentityIsWaitedForThenPresentedAndANewOneTakenForTheNextStream() throws Exception {
        var authority = TestAuthority.create("good");
        var identity = new AtomicReference<Optional<ClientIdentity>>(Optional.empty());
        try (var controlPlane = FakeControlPlane.start(server(authority, ClientAuth.REQUIRE));
                var relay = TestRelay.start(secured(controlPlane, new Roots.Identity(), "istiod.test"), identity::get);
                var client = relay.client(Protocol.SOTW)) {
            client.send(sotw(CDS).setNode(NODE).build().toByteArray());
            assertThat(relay.await("disconnected")).contains("no identity with a trust bundle yet");

            identity.set(Optional.of(authority.identity("workload")));
            controlPlane.await(CDS);
            relay.await("connected");

            identity.set(Optional.of(authority.identity("workload")));
            controlPlane.fail(io.grpc.Status.UNAVAILABLE);
            controlPlane.recover();
            controlPlane.await(CDS);
            relay.await("connected");
        }
    }

    @Test
    void aControlPlaneThatRefusesTheCertificateIsDialedWithoutIt() throws Exception {
        var authority = TestAuthority.create("good");
        var identity = Optional.of(TestAuthority.create("other").identity("workload"));
        try (var controlPlane = FakeControlPlane.start(server(authority, ClientAuth.OPTIONAL));
                var relay = TestRelay.start(trusting(authority, controlPlane), () -> identity);
                var client = relay.client(Protocol.SOTW)) {
            client.send(sotw(CDS).setNode(NODE).build().toByteArray());

            controlPlane.await(CDS);
            assertThat(relay.await("connected")).isNotEmpty();
            assertThat(relay.events).noneMatch(event -> event.startsWith("disconnected"));
        }
    }

    @Test
    void aControlPlaneThatWantsAnotherCertificateIsShownItOnceItIsThere() throws Exception {
        var authority = TestAuthority.create("good");
        var identity =
                new AtomicReference<>(Optional.of(TestAuthority.create("other").identity("workload")));
        try (var controlPlane = FakeControlPlane.start(server(authority, ClientAuth.REQUIRE));
                var relay = TestRelay.start(trusting(authority, controlPlane), identity::get);
                var client = relay.client(Protocol.SOTW)) {
            client.send(sotw(CDS).setNode(NODE).build().toByteArray());
            assertThat(relay.await("disconnected"))
                    .contains("TLS alert", "without the certificate of this workload, which was refused");

            identity.set(Optional.of(authority.identity("workload")));

            controlPlane.await(CDS);
        }
    }

    @Test
    void aControlPlaneThatServesNoStreamWithoutTheCertificateIsShownItAgain() throws Exception {
        var authority = TestAuthority.create("good");
        var other = TestAuthority.create("other");
        var identity = other.identity("workload");
        var clients = new Clients(authority.certificate());
        try (var controlPlane = FakeControlPlane.start(
                        server(authority.identity("istiod.test"), clients, ClientAuth.OPTIONAL));
                var relay = TestRelay.start(trusting(authority, controlPlane), () -> Optional.of(identity));
                var client = relay.client(Protocol.SOTW)) {
            controlPlane.fail(io.grpc.Status.UNAUTHENTICATED);
            client.send(sotw(CDS).setNode(NODE).build().toByteArray());
            relay.await("connected");
            relay.await("upstream ended");
            assertThat(clients.accepted).isNotDone();

            clients.authority = other.certificate();
            assertThat(clients.accepted)
                    .succeedsWithin(Duration.ofSeconds(20))
                    .isEqualTo(identity.chain().getFirst());
            controlPlane.recover();

            controlPlane.await(CDS);
        }
    }

    /// Accepts what one authority issued, which may change.
    private static final class Clients implements X509TrustManager {
        private final CompletableFuture<X509Certificate> accepted = new CompletableFuture<>();
        private volatile X509Certificate authority;

        Clients(X509Certificate authority) {
            this.authority = authority;
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
            try {
                chain[0].verify(authority.getPublicKey());
            } catch (GeneralSecurityException e) {
                throw new CertificateException(e);
            }
            accepted.complete(chain[0]);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
            throw new CertificateException("not a client");
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    private XdsConfig trusting(TestAuthority server, FakeControlPlane controlPlane) throws Exception {
        return secured(
                controlPlane,
                new Roots.File(Files.writeString(folder.resolve("roots.pem"), server.pem())),
                "istiod.test");
    }

    private XdsConfig secured(FakeControlPlane controlPlane, Roots roots, String serverName) {
        return TestRelay.secured(
                TestRelay.config(folder, controlPlane.address()),
                new UpstreamSecurity.Tls(roots, Optional.of(serverName)));
    }

    private static SslContext server(TestAuthority authority, ClientAuth clientAuth) throws Exception {
        return server(authority, authority.identity("istiod.test"), clientAuth);
    }

    private static SslContext server(TestAuthority authority, ClientIdentity server, ClientAuth clientAuth)
            throws Exception {
        return server(server, builder -> builder.trustManager(List.of(authority.certificate())), clientAuth);
    }

    private static SslContext server(ClientIdentity server, Clients clients, ClientAuth clientAuth) throws Exception {
        return server(server, builder -> builder.trustManager(clients), clientAuth);
    }

    private static SslContext server(
            ClientIdentity server, UnaryOperator<SslContextBuilder> trusting, ClientAuth clientAuth) throws Exception {
        var builder = trusting.apply(SslContextBuilder.forServer(server.key(), server.chain()))
                .clientAuth(clientAuth);
        return GrpcSslContexts.configure(builder, SslProvider.JDK).build();
    }
}
