package dev.outrigger.sds;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Recognises the next SVID of an authority: one that differs from an SVID that was verified in full in nothing but
/// serial number, validity, key, that key's identifier and signature. Only these have to be looked at again: names,
/// usages, constraints, algorithms, intermediates and roots are the same, byte for byte, and so is what was said of
/// them. Whatever is not certain is left to the full verification, which also knows the reason
/// (docs/decisions/0020).
///
/// For keys on curves; of others there is none. Not thread-safe.
final class Renewal {
    private final Identity verified;
    private final CertificateLayout leaf;
    private final ECParameterSpec curve;
    /// Of the leaf.
    private final EcdsaSignature signer;
    /// As they were sent.
    private final byte[] intermediates;
    /// When all of them are valid.
    private final Instant from;
    private final Instant until;
    private final Instant rootEnd;

    private Renewal(
            Identity verified,
            CertificateLayout leaf,
            ECParameterSpec curve,
            EcdsaSignature signer,
            byte[] intermediates,
            X509Certificate root) {
        var chain = verified.chain();
        this.verified = verified;
        this.leaf = leaf;
        this.curve = curve;
        this.signer = signer;
        this.intermediates = intermediates;
        var latestStart = Instant.MIN;
        var earliestEnd = Instant.MAX;
        for (var one : chain.subList(1, chain.size())) {
            latestStart = later(latestStart, one.getNotBefore().toInstant());
            earliestEnd = earlier(earliestEnd, one.getNotAfter().toInstant());
        }
        this.from = latestStart;
        this.until = earliestEnd;
        this.rootEnd = root.getNotAfter().toInstant();
    }

    /// What the renewals of an SVID are compared with; null when those of this one are not known by their bytes.
    ///
    /// @param sent the certificates of the identity, as they were sent
    /// @param root at which it was found to end
    static @Nullable Renewal of(Identity verified, byte[] sent, X509Certificate root) throws GeneralSecurityException {
        var chain = verified.chain();
        var first = chain.getFirst();
        var end = CertificateLayout.firstLength(sent);
        var leaf = CertificateLayout.of(Arrays.copyOf(sent, end));
        var isAsSent = Arrays.equals(sent, Pem.joined(chain)); // else they were put in order, or a root was among them
        if (leaf == null
                || !isAsSent
                || !(first.getPublicKey() instanceof ECPublicKey key)
                || !EcdsaProvider.suits(chain)
                || !EcdsaProvider.suitsAnchors(List.of(root))) {
            return null;
        }
        var signer =
                EcdsaProvider.verifier(first.getSigAlgName(), (chain.size() > 1 ? chain.get(1) : root).getPublicKey());
        return new Renewal(verified, leaf, key.getParams(), signer, Arrays.copyOfRange(sent, end, sent.length), root);
    }

    /// The identity, if it is a renewal that is good; null when that is not certain.
    ///
    /// @param sent its certificates, as they were sent
    /// @param key PKCS#8
    @Nullable
    Identity renewed(
            byte[] sent,
            byte[] key,
            List<X509Certificate> bundle,
            Map<String, List<X509Certificate>> federated,
            Instant now) {
        var end = CertificateLayout.firstLength(sent);
        if (!bundle.equals(verified.bundle())
                || !Arrays.equals(sent, end, sent.length, intermediates, 0, intermediates.length)) {
            return null;
        }
        var first = Arrays.copyOf(sent, end);
        var next = CertificateLayout.of(first);
        if (next == null || !leaf.isRenewedBy(next)) {
            return null;
        }
        var expiresAt = earlier(next.notAfter(), until);
        if (now.isBefore(later(next.notBefore(), from)) || !now.isBefore(earlier(expiresAt, rootEnd))) {
            return null;
        }
        var read = next.isSignedBy(signer) ? fitting(key, next) : null;
        return read == null ? null : verified.renewed(read, first, next.notBefore(), expiresAt, federated);
    }

    private static Instant earlier(Instant a, Instant b) {
        return a.isBefore(b) ? a : b;
    }

    private static Instant later(Instant a, Instant b) {
        return a.isBefore(b) ? b : a;
    }

    /// Null when it is not the certificate's, or none.
    private @Nullable PrivateKey fitting(byte[] key, CertificateLayout next) {
        try {
            var read = KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(key));
            return KeyFit.fits(read, curve, next.point()) ? read : null;
        } catch (GeneralSecurityException | RuntimeException _) { // parsers throw these too
            return null;
        }
    }

    @Override
    public String toString() {
        return "renewals of " + verified;
    }
}
