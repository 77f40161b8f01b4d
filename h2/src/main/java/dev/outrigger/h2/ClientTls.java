package dev.outrigger.h2;

import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.Collection;
import javax.net.ssl.KeyManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/// TLS of a client of gRPC: BoringSSL's handshake and ciphers where there is a library for the platform, else the
/// JDK's; chains are always judged by the JDK's path validation (RFC 5280), and names by the JDK or, where roots
/// are given, by {@link ServerName}.
public final class ClientTls {
    /// Whether BoringSSL is there. The first one who asks waits for its library.
    private static final class Boring {
        static final boolean IS_AVAILABLE = load();

        private static boolean load() {
            var _ = DeferredTls.during(Boring::initialiseNettysQuestions);
            return OpenSsl.isAvailable();
        }

        /// What netty wants to know of the JDK's TLS, which {@link OpenSsl} asks first of all.
        private static void initialiseNettysQuestions() {
            try {
                Class.forName("io.netty.handler.ssl.SslUtils");
            } catch (ClassNotFoundException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private ClientTls() {}

    /// Initialises what the first context needs, which takes long. Need not be called.
    public static void prepare() {
        var _ = Boring.IS_AVAILABLE;
    }

    /// Makes a context; costs far more than a connection with it.
    ///
    /// @param roots that may vouch for the server; null for those of the Java runtime
    /// @param key what the client shows when it is asked; null for nothing
    public static SslContext context(@Nullable Collection<? extends Certificate> roots, @Nullable KeyManager key)
            throws GeneralSecurityException, IOException {
        // Not GrpcSslContexts: its probing of providers costs about 100 ms at start.
        var builder = SslContextBuilder.forClient()
                .sslProvider(Boring.IS_AVAILABLE ? SslProvider.OPENSSL : SslProvider.JDK)
                .protocols("TLSv1.3", "TLSv1.2")
                .applicationProtocolConfig(new ApplicationProtocolConfig(
                        ApplicationProtocolConfig.Protocol.ALPN,
                        ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                        ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                        "h2"));
        if (roots != null) {
            builder.trustManager(new NamedTrust(trust(roots))).endpointIdentificationAlgorithm(null);
        }
        if (key != null) {
            builder.keyManager(key);
        }
        return builder.build();
    }

    private static X509ExtendedTrustManager trust(Collection<? extends Certificate> roots)
            throws GeneralSecurityException, IOException {
        var store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        int index = 0;
        for (var root : roots) {
            store.setCertificateEntry("root-" + index++, root);
        }
        var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        for (var manager : factory.getTrustManagers()) {
            if (manager instanceof X509ExtendedTrustManager found) {
                return found;
            }
        }
        throw new GeneralSecurityException("this Java has no trust manager for TLS");
    }
}
