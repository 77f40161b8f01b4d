package dev.outrigger.xds;

import dev.outrigger.h2.ClientTls;
import io.netty.handler.ssl.SslContext;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Arrays;
import java.util.Collection;
import java.util.Optional;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// What a connection to the control plane was, or would be, secured with. Immutable; loading reads files.
///
/// @param context null for plaintext
/// @param rootsPem content of the roots file; null when there is none
/// @param identity what there was of it
/// @param bare whether it is not presented
@SuppressWarnings("ArrayRecordComponent") // compared by identity
record Credentials(
        @Nullable SslContext context, byte @Nullable [] rootsPem, Optional<ClientIdentity> identity, boolean bare) {

    /// Loads what the configuration names, and gives `previous` back when nothing changed: building a TLS context
    /// costs far more than reading a file.
    ///
    /// @param bare whether no identity is to be presented
    /// @throws IOException when it cannot be had; what, where and how to fix it
    static Credentials load(
            UpstreamSecurity security, Optional<ClientIdentity> identity, boolean bare, @Nullable Credentials previous)
            throws IOException {
        if (security instanceof UpstreamSecurity.Tls tls) { // no switch: the JVM makes one by types anew in each start
            return tls(tls.roots(), identity, bare, previous);
        }
        return previous == null ? new Credentials(null, null, Optional.empty(), bare) : previous;
    }

    /// Whether a certificate is shown to a control plane that asks for one.
    boolean presentsIdentity() {
        return context != null && identity.isPresent() && !bare;
    }

    /// Whether these are the very ones: {@link #load} gives them back where nothing has changed.
    @Override
    public boolean equals(@Nullable Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }

    private static Credentials tls(
            Roots roots, Optional<ClientIdentity> identity, boolean bare, @Nullable Credentials previous)
            throws IOException {
        var pem = roots instanceof Roots.File(var path) ? readRoots(path) : null;
        if (previous != null
                && Arrays.equals(previous.rootsPem, pem)
                && previous.identity.equals(identity)
                && previous.bare == bare) {
            return previous;
        }
        try {
            var trusted = trusted(roots, pem, identity);
            var presented = bare ? null : identity.map(IdentityKeyManager::new).orElse(null);
            return new Credentials(ClientTls.context(trusted, presented), pem, identity, bare);
        } catch (GeneralSecurityException | SSLException e) {
            throw new IOException("TLS to the control plane with " + roots + ": " + e.getMessage(), e);
        }
    }

    private static @Nullable Collection<? extends Certificate> trusted(
            Roots roots, byte @Nullable [] pem, Optional<ClientIdentity> identity)
            throws GeneralSecurityException, IOException {
        if (pem != null) {
            return certificates(pem, roots);
        }
        if (roots instanceof Roots.Identity) {
            return identity.map(ClientIdentity::roots)
                    .filter(bundle -> !bundle.isEmpty())
                    .orElseThrow(() -> new IOException("there is no identity with a trust bundle yet, and the control"
                            + " plane is to be trusted by it; is the identity source reachable?"));
        }
        return null;
    }

    private static byte[] readRoots(Path path) throws IOException {
        try {
            return Files.readAllBytes(path);
        } catch (IOException e) {
            throw new IOException("roots file " + path + " cannot be read (" + e + "); is it mounted?", e);
        }
    }

    private static Collection<? extends Certificate> certificates(byte[] pem, Roots roots)
            throws GeneralSecurityException {
        var certificates = CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(pem));
        if (certificates.isEmpty()) {
            throw new GeneralSecurityException("no certificate in " + roots + "; it must hold PEM certificates");
        }
        return certificates;
    }
}
