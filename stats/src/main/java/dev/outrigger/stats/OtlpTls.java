package dev.outrigger.stats;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/// TLS to a collector: whom it believes, and what it shows of itself.
///
/// @param roots who may sign the collector's certificate, a PEM file; empty for those of the JVM
/// @param client what is shown when the collector asks; empty for nothing
public record OtlpTls(Optional<Path> roots, Optional<Client> client) {
    /// What the JVM believes, and nothing to show.
    public static final OtlpTls DEFAULT = new OtlpTls(Optional.empty(), Optional.empty());

    private static final Pattern PKCS8 =
            Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");

    /// A certificate and its key.
    ///
    /// @param certificate a PEM file, the leaf first
    /// @param key a PEM file with an RSA or EC key as PKCS#8 (`PRIVATE KEY`), without a passphrase
    public record Client(Path certificate, Path key) {}

    /// Reads the files, so that what was replaced counts at once.
    ///
    /// @throws IOException which file cannot be used and why; never what is in it
    SSLSocketFactory factory() throws IOException {
        if (roots.isEmpty() && client.isEmpty()) {
            return (SSLSocketFactory) SSLSocketFactory.getDefault();
        }
        var trust = roots.isEmpty() ? null : trust(roots.get());
        var keys = client.isEmpty() ? null : keys(client.get());
        try {
            var context = SSLContext.getInstance("TLS");
            context.init(keys, trust, null);
            return context.getSocketFactory();
        } catch (GeneralSecurityException e) {
            throw new IOException("TLS cannot be set up: " + e, e);
        }
    }

    private static TrustManager[] trust(Path roots) throws IOException {
        try {
            var store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            for (var root : certificates(roots)) {
                store.setCertificateEntry("root-" + store.size(), root);
            }
            var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            return trust.getTrustManagers();
        } catch (IOException | GeneralSecurityException e) {
            throw new IOException("otlp-roots " + roots + " cannot be used, give a PEM file: " + e, e);
        }
    }

    private static KeyManager[] keys(Client client) throws IOException {
        Certificate[] chain;
        try {
            chain = certificates(client.certificate());
        } catch (IOException | GeneralSecurityException e) {
            throw new IOException(
                    "otlp-client-cert " + client.certificate() + " cannot be used, give a PEM file: " + e, e);
        }
        try {
            // Not the default type, which would take 30 ms to encrypt what nobody reads.
            var store = KeyStore.getInstance("JKS");
            store.load(null, null);
            char[] password = {}; // it never leaves this process
            store.setKeyEntry(
                    "client", key(client.key(), chain[0].getPublicKey().getAlgorithm()), password, chain);
            var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(store, password);
            return keys.getKeyManagers();
        } catch (IOException | GeneralSecurityException | RuntimeException e) { // what is not base64, too
            // Without the cause: parsers of keys quote what they choke on.
            throw new IOException("otlp-client-key " + client.key()
                    + " cannot be used, give a PEM file with the key of "
                    + client.certificate() + " as PKCS#8 and without a passphrase (openssl pkcs8 -topk8 -nodes): "
                    + e.getClass().getSimpleName());
        }
    }

    private static Certificate[] certificates(Path file) throws IOException, GeneralSecurityException {
        try (var in = Files.newInputStream(file)) {
            var found = CertificateFactory.getInstance("X.509").generateCertificates(in);
            if (found.isEmpty()) {
                throw new IOException("it holds no certificate");
            }
            return found.toArray(Certificate[]::new);
        }
    }

    private static PrivateKey key(Path file, String algorithm) throws IOException, GeneralSecurityException {
        var block = PKCS8.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
        if (!block.find()) {
            throw new IOException("no key");
        }
        var der = Base64.getMimeDecoder().decode(block.group(1));
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
    }
}
