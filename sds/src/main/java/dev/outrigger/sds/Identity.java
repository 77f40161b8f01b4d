package dev.outrigger.sds;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Who this workload is, and whom it trusts: one X.509-SVID with its key and the bundles that came with it. Key,
/// chain and bundle always change together. Source: the SPIFFE X.509-SVID and Workload API specifications.
///
/// @param spiffeId `spiffe://trust-domain/path`, the only URI SAN of the leaf
/// @param key belongs to the leaf
/// @param chain the leaf first, then its intermediates; not empty, without the root
/// @param bundle the roots of the own trust domain; not empty
/// @param federated trust domain name, for example `example.org`, to its roots; often empty
/// @param notBefore from when the leaf is valid; authorities date it back, so it is not when it was received
/// @param expiresAt when the first certificate of the chain ends
public record Identity(
        String spiffeId,
        PrivateKey key,
        List<X509Certificate> chain,
        List<X509Certificate> bundle,
        Map<String, List<X509Certificate>> federated,
        Instant notBefore,
        Instant expiresAt) {
    private static final String SCHEME = "spiffe://";

    /// Copies the collections.
    ///
    /// @throws IllegalArgumentException when the chain or the bundle is empty, or the ID has no path
    public Identity {
        chain = List.copyOf(chain);
        bundle = List.copyOf(bundle);
        federated = Map.copyOf(federated);
        if (chain.isEmpty() || bundle.isEmpty()) {
            throw new IllegalArgumentException(spiffeId + " needs a chain and a bundle");
        }
        if (!spiffeId.startsWith(SCHEME) || spiffeId.indexOf('/', SCHEME.length()) < 0) {
            throw new IllegalArgumentException(spiffeId + " is not spiffe://trust-domain/path");
        }
    }

    /// From parsed parts, taking both times from the chain.
    static Identity of(
            String spiffeId,
            PrivateKey key,
            List<X509Certificate> chain,
            List<X509Certificate> bundle,
            Map<String, List<X509Certificate>> federated) {
        var notBefore = chain.getFirst().getNotBefore().toInstant();
        var expiresAt = chain.stream()
                .map(certificate -> certificate.getNotAfter().toInstant())
                .min(Instant::compareTo)
                .orElseThrow();
        return new Identity(spiffeId, key, chain, bundle, federated, notBefore, expiresAt);
    }

    // Written out, because what the JVM makes for a record is made anew in each start and takes 10 ms of it.
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Identity that
                && spiffeId.equals(that.spiffeId)
                && key.equals(that.key)
                && chain.equals(that.chain)
                && bundle.equals(that.bundle)
                && federated.equals(that.federated)
                && notBefore.equals(that.notBefore)
                && expiresAt.equals(that.expiresAt);
    }

    @Override
    public int hashCode() {
        return chain.hashCode();
    }

    /// The name of the own trust domain, without a scheme.
    public String trustDomain() {
        return spiffeId.substring(SCHEME.length(), spiffeId.indexOf('/', SCHEME.length()));
    }

    /// The chain as PEM, leaf first.
    public String chainPem() {
        return Pem.certificates(chain);
    }

    /// The key as PKCS#8 PEM (`PRIVATE KEY`).
    public String keyPem() {
        return Pem.block("PRIVATE KEY", key.getEncoded());
    }

    /// The own trust domain's roots as PEM.
    public String bundlePem() {
        return Pem.certificates(bundle);
    }

    /// Without the key.
    @Override
    public String toString() {
        return "Identity[" + spiffeId + ", expires " + expiresAt + "]";
    }
}
