package dev.outrigger.sds;

import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXCertPathValidatorResult;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Makes an identity of a key, its certificates and roots, or says why they do not make one. Nothing is taken on
/// trust, wherever it comes from: all parts have to fit together and be valid now. Source: the SPIFFE X.509-SVID
/// specification; sizes and curves are those that Envoy takes.
///
/// Thread-safe.
final class SvidVerifier {
    private static final int SMALLEST_RSA = 2048;
    private static final Set<Integer> CURVE_BITS = Set.of(256, 384, 521);

    private final InstantSource clock;
    private final Optional<String> trustDomain;
    private volatile @Nullable Anchored last;

    /// @param trustDomain the only one that identities may be of, without a scheme; any when empty
    SvidVerifier(InstantSource clock, Optional<String> trustDomain) {
        this.clock = clock;
        this.trustDomain = trustDomain;
    }

    /// What was verified.
    ///
    /// @param root at which the chain ends
    record Verified(Identity identity, X509Certificate root) {}

    /// As {@link #verified}, without the root.
    Identity verify(
            String what,
            PrivateKey key,
            List<X509Certificate> sent,
            List<X509Certificate> bundle,
            Map<String, List<X509Certificate>> federated)
            throws RefusedSvidException {
        return verified(what, key, sent, bundle, federated).identity();
    }

    /// @param what for messages, for example `SVID spiffe://example.org/web`
    /// @param sent in any order, see {@link ChainOrder}
    /// @param bundle not empty
    Verified verified(
            String what,
            PrivateKey key,
            List<X509Certificate> sent,
            List<X509Certificate> bundle,
            Map<String, List<X509Certificate>> federated)
            throws RefusedSvidException {
        try {
            var chain = ordered(what, key, sent);
            var id = SvidProfile.check(what + " is not usable", chain);
            checkTrustDomain(what, id.getTrustDomain().getName());
            checkKey(what, chain.getFirst());
            var now = clock.instant();
            checkTimes(what, chain, now);
            var root = checkPath(what, chain, bundle, now);
            return new Verified(Identity.of(id.toString(), key, chain, bundle, federated), root);
        } catch (GeneralSecurityException
                | RuntimeException e) { // parsers throw these too, on input that is wrong enough
            throw new RefusedSvidException(what + " is not usable: " + Quote.reason(e), e);
        }
    }

    private static List<X509Certificate> ordered(String what, PrivateKey key, List<X509Certificate> sent)
            throws RefusedSvidException, GeneralSecurityException {
        try {
            return ChainOrder.of(key, sent);
        } catch (RefusedSvidException e) {
            throw new RefusedSvidException(what + " " + e.getMessage(), e);
        }
    }

    private void checkTrustDomain(String what, String found) throws RefusedSvidException {
        if (trustDomain.isPresent() && !trustDomain.get().equals(found)) {
            throw new RefusedSvidException(
                    what + " is of the foreign trust domain " + found + ", not of " + trustDomain.get());
        }
    }

    private static void checkKey(String what, X509Certificate leaf) throws RefusedSvidException {
        if (leaf.getPublicKey() instanceof RSAPublicKey rsa && rsa.getModulus().bitLength() < SMALLEST_RSA) {
            throw new RefusedSvidException(what + " has an RSA key of "
                    + rsa.getModulus().bitLength() + " bits; Envoy wants " + SMALLEST_RSA + " or more");
        }
        if (leaf.getPublicKey() instanceof ECPublicKey ec
                && !CURVE_BITS.contains(ec.getParams().getCurve().getField().getFieldSize())) {
            throw new RefusedSvidException(what + " has a key on a curve that Envoy does not take; use P-256");
        }
    }

    private static void checkTimes(String what, List<X509Certificate> chain, Instant now) throws RefusedSvidException {
        for (var certificate : chain) {
            var start = certificate.getNotBefore().toInstant();
            var end = certificate.getNotAfter().toInstant();
            if (now.isBefore(start)) {
                throw new RefusedSvidException(
                        what + " is valid from " + start + " on; is the clock of this machine right?");
            }
            if (!now.isBefore(end)) {
                throw new RefusedSvidException(what + " expired " + end + "; is the clock of this machine right?");
            }
        }
    }

    /// @return the root at which it ends
    private X509Certificate checkPath(
            String what, List<X509Certificate> chain, List<X509Certificate> bundle, Instant now)
            throws RefusedSvidException, GeneralSecurityException {
        var roots = bundle.stream()
                .filter(root -> now.isBefore(root.getNotAfter().toInstant())) // the JDK does not look, Envoy does
                .toList();
        if (roots.isEmpty()) {
            throw new RefusedSvidException(what + " comes with a bundle whose roots have all expired");
        }
        var anchored = anchored(roots);
        var parameters = (PKIXParameters) anchored.parameters().clone();
        var ours = anchored.isOfOurCurves() && EcdsaProvider.suits(chain);
        parameters.setSigProvider(ours ? EcdsaProvider.register() : null);
        parameters.setDate(Date.from(now));
        var path = CertificateFactory.getInstance("X.509").generateCertPath(chain);
        var result = (PKIXCertPathValidatorResult)
                CertPathValidator.getInstance("PKIX").validate(path, parameters);
        return result.getTrustAnchor().getTrustedCert();
    }

    /// Made anew only when the roots changed.
    private Anchored anchored(List<X509Certificate> roots) throws GeneralSecurityException {
        var known = last;
        if (known == null || !known.roots().equals(roots)) {
            known = Anchored.of(roots);
            last = known;
        }
        return known;
    }

    /// What the JDK validates against; the parameters are not to be changed.
    private record Anchored(List<X509Certificate> roots, PKIXParameters parameters, boolean isOfOurCurves) {
        static Anchored of(List<X509Certificate> roots) throws GeneralSecurityException {
            var anchors =
                    roots.stream().map(root -> new TrustAnchor(root, null)).collect(Collectors.toSet());
            var parameters = new PKIXParameters(anchors);
            parameters.setRevocationEnabled(false);
            return new Anchored(roots, parameters, EcdsaProvider.suitsAnchors(roots));
        }
    }

    /// Whether the key is that of the certificate.
    static boolean fits(PrivateKey key, X509Certificate leaf) throws GeneralSecurityException {
        return KeyFit.fits(key, leaf.getPublicKey());
    }
}
