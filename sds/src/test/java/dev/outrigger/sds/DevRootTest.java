package dev.outrigger.sds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.outrigger.testkit.TestCa;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DevRootTest {
    private final Instant now = InstantSource.system().instant();
    private static final Duration HOUR = Duration.ofHours(1);
    private static final int URI = 6;
    private static final String SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
    private static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";

    @Test
    void aLeafIsAnX509Svid() throws Exception {
        var root = DevRoot.create(now);

        var leaf = root.issue("spiffe://dev.example/a", now, HOUR).chain().getFirst();

        assertThat(leaf.getSubjectAlternativeNames()).containsExactly(List.of(URI, "spiffe://dev.example/a"));
        assertThat(leaf.getBasicConstraints()).isEqualTo(-1);
        assertThat(leaf.getKeyUsage()[0]).as("digitalSignature").isTrue();
        assertThat(leaf.getKeyUsage()[5]).as("keyCertSign").isFalse();
        assertThat(leaf.getExtendedKeyUsage()).containsExactlyInAnyOrder(SERVER_AUTH, CLIENT_AUTH);
        assertThat(leaf.getNotBefore().toInstant()).isBeforeOrEqualTo(now.minusSeconds(60));
        assertThat(leaf.getSerialNumber()).isPositive();
        leaf.verify(root.certificate().getPublicKey());
    }

    @Test
    void serialsDiffer() throws Exception {
        var root = DevRoot.create(now);
        var serials = new HashSet<BigInteger>();

        for (var i = 0; i < 50; i++) {
            serials.add(root.issue("spiffe://dev.example/a", now, HOUR)
                    .chain()
                    .getFirst()
                    .getSerialNumber());
        }

        assertThat(serials).hasSize(50);
    }

    @Test
    void aRootThatHasExpiredIssuesNothing() throws Exception {
        var root = DevRoot.create(now.minus(Duration.ofDays(4000)));

        assertThatThrownBy(() -> root.issue("spiffe://dev.example/a", now, HOUR))
                .hasMessageContaining("root")
                .hasMessageContaining("expired");
    }

    @Test
    void noKeyIsShown() throws Exception {
        var root = DevRoot.create(now);
        var identity = root.issue("spiffe://dev.example/a", now, HOUR);

        assertThat(root.toString() + identity)
                .doesNotContain("rivate")
                .doesNotContain("PKCS")
                .hasSizeLessThan(300);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void twoIdentitiesTrustEachOtherInAHandshakeOfTheJdk(String protocol) throws Exception {
        var root = DevRoot.create(now);
        var server = root.issue("spiffe://dev.example/server", now, HOUR);
        var client = root.issue("spiffe://dev.example/client", now, HOUR);

        var engines = Engines.handshake(protocol, context(server, server.bundle()), context(client, client.bundle()));

        assertThat(engines.client().getSession().getPeerCertificates())
                .containsExactly(server.chain().getFirst());
        assertThat(engines.server().getSession().getPeerCertificates())
                .containsExactly(client.chain().getFirst());
    }

    @Test
    void aStrangerIsRefused() throws Exception {
        var root = DevRoot.create(now);
        var server = root.issue("spiffe://dev.example/server", now, HOUR);
        var stranger = DevRoot.create(now).issue("spiffe://dev.example/server", now, HOUR);

        assertThatThrownBy(() -> Engines.handshake(
                        "TLSv1.3", context(server, server.bundle()), context(stranger, server.bundle())))
                .isInstanceOf(SSLException.class);
    }

    @Test
    void theTestCaIssuesWhatTheJdkAcceptsToo() throws Exception {
        var ca = TestCa.create("root").intermediate("middle").intermediate("below");
        var identity = TestIdentities.of(ca);

        var engines = Engines.handshake(
                "TLSv1.3", context(identity, identity.bundle()), context(identity, identity.bundle()));

        assertThat(engines.client().getSession().getPeerCertificates()).hasSize(3);
    }

    private static SSLContext context(Identity identity, List<X509Certificate> trusted) throws Exception {
        var keys = KeyStore.getInstance("PKCS12");
        keys.load(null, null);
        keys.setKeyEntry("svid", identity.key(), new char[0], identity.chain().toArray(X509Certificate[]::new));
        var keyManagers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keyManagers.init(keys, new char[0]);
        var roots = KeyStore.getInstance("PKCS12");
        roots.load(null, null);
        for (var root : trusted) {
            roots.setCertificateEntry(root.getSerialNumber().toString(), root);
        }
        var trustManagers = TrustManagerFactory.getInstance("PKIX");
        trustManagers.init(roots);
        var context = SSLContext.getInstance("TLS");
        context.init(keyManagers.getKeyManagers(), trustManagers.getTrustManagers(), null);
        return context;
    }

    /// Two ends of one connection in memory.
    private record Engines(SSLEngine server, SSLEngine client) {
        static Engines handshake(String protocol, SSLContext serverContext, SSLContext clientContext)
                throws SSLException {
            var server = serverContext.createSSLEngine();
            server.setUseClientMode(false);
            server.setNeedClientAuth(true);
            var client = clientContext.createSSLEngine("localhost", 1);
            client.setUseClientMode(true);
            client.setEnabledProtocols(new String[] {protocol});
            var toServer = ByteBuffer.allocate(1 << 17).flip();
            var toClient = ByteBuffer.allocate(1 << 17).flip();
            for (var i = 0; i < 100 && !(done(server) && done(client)); i++) {
                step(client, toClient, toServer);
                step(server, toServer, toClient);
            }
            if (!done(server) || !done(client)) {
                throw new SSLException("no end of the handshake");
            }
            return new Engines(server, client);
        }

        private static boolean done(SSLEngine engine) {
            return engine.getHandshakeStatus() == HandshakeStatus.NOT_HANDSHAKING
                    && engine.getHandshakeSession() == null
                    && !engine.getSession().getProtocol().equals("NONE");
        }

        private static void step(SSLEngine engine, ByteBuffer in, ByteBuffer out) throws SSLException {
            var application = ByteBuffer.allocate(1 << 15);
            engine.unwrap(in, application);
            for (var task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) {
                task.run();
            }
            out.compact();
            engine.wrap(ByteBuffer.allocate(0), out);
            out.flip();
        }
    }
}
