package dev.outrigger.sds;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Who this workload is, and whom it trusts: one X.509-SVID with its key and the bundles that came with it. Key,
/// chain and bundle always change together. Immutable, thread-safe. Source: the SPIFFE X.509-SVID and Workload API
/// specifications.
public final class Identity {
    private static final String SCHEME = "spiffe://";

    private final String spiffeId;
    private final PrivateKey key;
    private final Chain chain;
    private final List<X509Certificate> bundle;
    private final Map<String, List<X509Certificate>> federated;
    private final Instant notBefore;
    private final Instant expiresAt;

    /// Copies the collections.
    ///
    /// @throws IllegalArgumentException when the bundle is empty, or the ID has no path
    Identity(
            String spiffeId,
            PrivateKey key,
            Chain chain,
            List<X509Certificate> bundle,
            Map<String, List<X509Certificate>> federated,
            Instant notBefore,
            Instant expiresAt) {
        this.spiffeId = spiffeId;
        this.key = key;
        this.chain = chain;
        this.bundle = List.copyOf(bundle);
        this.federated = Map.copyOf(federated);
        this.notBefore = notBefore;
        this.expiresAt = expiresAt;
        if (bundle.isEmpty()) {
            throw new IllegalArgumentException(spiffeId + " needs a bundle");
        }
        if (!spiffeId.startsWith(SCHEME) || spiffeId.indexOf('/', SCHEME.length()) < 0) {
            throw new IllegalArgumentException(spiffeId + " is not spiffe://trust-domain/path");
        }
    }

    /// From parsed parts, taking both times from the chain.
    ///
    /// @throws IllegalArgumentException when the chain or the bundle is empty, or the ID has no path
    static Identity of(
            String spiffeId,
            PrivateKey key,
            List<X509Certificate> chain,
            List<X509Certificate> bundle,
            Map<String, List<X509Certificate>> federated) {
        var certificates = Chain.of(chain);
        var notBefore = chain.getFirst().getNotBefore().toInstant();
        var expiresAt = chain.stream()
                .map(certificate -> certificate.getNotAfter().toInstant())
                .min(Instant::compareTo)
                .orElseThrow();
        return new Identity(spiffeId, key, certificates, bundle, federated, notBefore, expiresAt);
    }

    /// The same SVID with a new leaf and key.
    ///
    /// @param leaf DER of a certificate that can be parsed; not to be changed any more
    Identity renewed(
            PrivateKey newKey,
            byte[] leaf,
            Instant newNotBefore,
            Instant newExpiresAt,
            Map<String, List<X509Certificate>> newFederated) {
        return new Identity(spiffeId, newKey, chain.withLeaf(leaf), bundle, newFederated, newNotBefore, newExpiresAt);
    }

    /// `spiffe://trust-domain/path`, the only URI SAN of the leaf.
    public String spiffeId() {
        return spiffeId;
    }

    /// Belongs to the leaf.
    public PrivateKey key() {
        return key;
    }

    /// The leaf first, then its intermediates; not empty, without the root.
    public List<X509Certificate> chain() {
        return chain.certificates();
    }

    /// Whether both have the same certificates.
    boolean hasChainOf(Identity other) {
        return chain.equals(other.chain);
    }

    /// The roots of the own trust domain; not empty.
    public List<X509Certificate> bundle() {
        return bundle;
    }

    /// Trust domain name, for example `example.org`, to its roots; often empty.
    public Map<String, List<X509Certificate>> federated() {
        return federated;
    }

    /// From when the leaf is valid; authorities date it back, so it is not when it was received.
    public Instant notBefore() {
        return notBefore;
    }

    /// When the first certificate of the chain ends.
    public Instant expiresAt() {
        return expiresAt;
    }

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
        return chain.pem();
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
