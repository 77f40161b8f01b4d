package dev.outrigger.sds;

import dev.outrigger.sds.IdentityConfig.CaSecurity;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.TrustManagerFactory;

/// TLS to a certificate authority, with roots as they are on the disk now.
final class CaTls {
    private CaTls() {}

    /// @throws IOException when it cannot be had; what, where and how to fix it
    static SslContext context(CaSecurity.Tls tls) throws IOException {
        try {
            var builder = SslContextBuilder.forClient()
                    .sslProvider(SslProvider.JDK)
                    .protocols("TLSv1.3", "TLSv1.2")
                    .applicationProtocolConfig(new ApplicationProtocolConfig(
                            ApplicationProtocolConfig.Protocol.ALPN,
                            ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                            ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                            "h2"));
            if (tls.roots().isPresent()) {
                builder.trustManager(trust(tls.roots().get()));
            }
            return builder.build();
        } catch (GeneralSecurityException e) {
            throw new IOException("TLS to the certificate authority: " + Quote.reason(e), e);
        }
    }

    private static TrustManagerFactory trust(Path file) throws IOException, GeneralSecurityException {
        var store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        int index = 0;
        for (var root : roots(file)) {
            store.setCertificateEntry("root-" + index++, root);
        }
        var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory;
    }

    private static List<X509Certificate> roots(Path file) throws IOException {
        var what = "roots file " + file;
        try {
            return PemReader.roots(what, BoundedFile.read(what, file));
        } catch (RefusedSvidException e) {
            throw new IOException(e.getMessage(), e);
        }
    }
}
