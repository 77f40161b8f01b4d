package dev.outrigger.sds;

import dev.outrigger.h2.ClientTls;
import dev.outrigger.sds.IdentityConfig.CaSecurity;
import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;

/// TLS to a certificate authority, with roots as they are on the disk now.
final class CaTls {
    private CaTls() {}

    /// @throws IOException when it cannot be had; what, where and how to fix it
    static SslContext context(CaSecurity.Tls tls) throws IOException {
        var roots = tls.roots();
        try {
            return ClientTls.context(roots.isPresent() ? roots(roots.get()) : null, null);
        } catch (GeneralSecurityException e) {
            throw new IOException("TLS to the certificate authority: " + Quote.reason(e), e);
        }
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
