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
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
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
        return GrpcSslContexts.configure(
                        SslContextBuilder.forServer(server.key(), server.chain())
                                .trustManager(List.of(authority.certificate()))
                                .clientAuth(clientAuth),
                        SslProvider.JDK)
                .build();
    }
}
