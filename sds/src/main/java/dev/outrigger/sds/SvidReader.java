package dev.outrigger.sds;

import com.google.protobuf.ByteString;
import dev.outrigger.proto.workload.Bundle;
import dev.outrigger.proto.workload.X509BundlesResponse;
import dev.outrigger.proto.workload.X509SVID;
import dev.outrigger.proto.workload.X509SVIDResponse;
import io.spiffe.spiffeid.TrustDomain;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Turns an answer of the Workload API into an identity, or says why it must not be used.
///
/// Not thread-safe.
final class SvidReader {
    private static final Logger LOG = System.getLogger(SvidReader.class.getName());
    private static final String SCHEME = "spiffe://";

    private final InstantSource clock;
    private final SvidVerifier verifier;
    private final Optional<String> hint;
    private final BundleReader bundles = new BundleReader();
    private @Nullable Renewal renewal;

    /// @param hint which of several SVIDs to take; the first when empty
    /// @param trustDomain the only one to accept; any when empty
    SvidReader(InstantSource clock, Optional<String> hint, Optional<String> trustDomain) {
        this.clock = clock;
        this.verifier = new SvidVerifier(clock, trustDomain);
        this.hint = hint;
    }

    /// The SVID with the hint, the first of them if several have it; without a hint the first of the answer,
    /// which is the default one by the specification.
    ///
    /// @param last the identity in use, whose federated bundles fill in for unreadable ones
    Identity read(X509SVIDResponse response, @Nullable Identity last) throws RefusedSvidException {
        bundles.next();
        var sent = chosen(response.getSvidsList());
        var what = "SVID " + Quote.of(sent.getSpiffeId());
        if (sent.getX509Svid().isEmpty()) {
            throw new RefusedSvidException(what + " comes without a certificate");
        }
        var bundle = bundles.roots(what + " is not usable: the bundle", sent.getBundle());
        var federated = federated(byTrustDomain(response.getFederatedBundlesList()), last);
        var identity = renewed(sent, bundle, federated);
        if (identity == null) {
            identity = verified(what, sent, bundle, federated);
        }
        if (!identity.spiffeId().equals(sent.getSpiffeId())) {
            throw new RefusedSvidException(
                    "the answer names " + Quote.of(sent.getSpiffeId()) + ", its certificate " + identity.spiffeId());
        }
        return identity;
    }

    /// Null when it is not certain that it is only a renewal of the SVID that was verified last.
    private @Nullable Identity renewed(
            X509SVID sent, List<X509Certificate> bundle, Map<String, List<X509Certificate>> federated) {
        return renewal == null
                ? null
                : renewal.renewed(
                        sent.getX509Svid().toByteArray(),
                        sent.getX509SvidKey().toByteArray(),
                        bundle,
                        federated,
                        clock.instant());
    }

    private Identity verified(
            String what, X509SVID sent, List<X509Certificate> bundle, Map<String, List<X509Certificate>> federated)
            throws RefusedSvidException {
        var chain = BundleReader.certificates(what + " is not usable: its chain", sent.getX509Svid());
        if (chain.isEmpty()) {
            throw new RefusedSvidException(what + " is not usable: its chain holds no certificate");
        }
        var verified = verifier.verified(what, key(what, sent, chain), chain, bundle, federated);
        var identity = verified.identity();
        renewal = renewal(verified, sent);
        return identity;
    }

    /// The identity in use with the bundles of an answer, which are all there are. A bundle of the own trust
    /// domain that is missing leaves the one in use.
    ///
    /// @throws RefusedSvidException when the chain in use does not verify by its new bundle
    Identity read(X509BundlesResponse response, Identity inUse) throws RefusedSvidException {
        var what = "bundle of " + inUse.trustDomain() + " for SVID " + inUse.spiffeId();
        bundles.next();
        var others = byTrustDomain(response.getBundlesList());
        var plain = others.remove(inUse.trustDomain());
        var own = others.getOrDefault(SCHEME + inUse.trustDomain(), plain);
        others.remove(SCHEME + inUse.trustDomain());
        var bundle = own == null ? inUse.bundle() : bundles.roots(what, own);
        return verifier.verify(what, inUse.key(), inUse.chain(), bundle, federated(others, inUse));
    }

    private static Map<String, ByteString> byTrustDomain(List<Bundle> sent) {
        var bundles = new HashMap<String, ByteString>();
        sent.forEach(bundle -> bundles.put(bundle.getTrustDomain(), bundle.getRoots()));
        return bundles;
    }

    private X509SVID chosen(List<X509SVID> sent) throws RefusedSvidException {
        if (sent.isEmpty()) {
            throw new RefusedSvidException("the answer holds no SVID");
        }
        if (hint.isEmpty()) {
            return sent.getFirst();
        }
        return sent.stream()
                .filter(svid -> svid.getHint().equals(hint.get()))
                .findFirst()
                .orElseThrow(() -> new RefusedSvidException("no SVID has the hint '" + hint.get() + "'; there are "
                        + Quote.of(sent.stream().map(X509SVID::getHint).toList().toString())));
    }

    private static PrivateKey key(String what, X509SVID sent, List<X509Certificate> chain) throws RefusedSvidException {
        for (var algorithm : List.of(chain.getFirst().getPublicKey().getAlgorithm(), "EC", "RSA")) {
            var key = key(sent, algorithm);
            if (key != null) {
                return key;
            }
        }
        throw new RefusedSvidException(what + " comes with a private key that cannot be read");
    }

    private static @Nullable Renewal renewal(SvidVerifier.Verified verified, X509SVID sent) {
        try {
            return Renewal.of(verified.identity(), sent.getX509Svid().toByteArray(), verified.root());
        } catch (GeneralSecurityException e) {
            LOG.log(Level.DEBUG, "renewals will be verified in full: {0}", Quote.reason(e));
            return null;
        }
    }

    /// PKCS#8, by the specification. Null when it is of another algorithm, or broken.
    private static @Nullable PrivateKey key(X509SVID sent, String algorithm) {
        try {
            return KeyFactory.getInstance(algorithm)
                    .generatePrivate(
                            new PKCS8EncodedKeySpec(sent.getX509SvidKey().toByteArray()));
        } catch (GeneralSecurityException | RuntimeException _) { // its message may quote the key
            return null;
        }
    }

    /// One bad bundle of a foreign domain must not keep the own identity from rotating.
    private Map<String, List<X509Certificate>> federated(Map<String, ByteString> sent, @Nullable Identity last) {
        var read = new HashMap<String, List<X509Certificate>>();
        sent.forEach((domain, der) -> {
            try {
                read.put(TrustDomain.parse(domain).getName(), bundles.roots("it", der));
            } catch (RefusedSvidException | RuntimeException e) {
                LOG.log(
                        Level.WARNING,
                        "bundle of federated trust domain refused domain={0}: {1}",
                        Quote.of(domain),
                        Quote.reason(e));
                keepLast(domain, last, read);
            }
        });
        return read;
    }

    private static void keepLast(String domain, @Nullable Identity last, Map<String, List<X509Certificate>> bundles) {
        var name = domain.startsWith(SCHEME) ? domain.substring(SCHEME.length()) : domain;
        var kept = last == null ? null : last.federated().get(name);
        if (kept != null) {
            bundles.put(name, kept);
        }
    }
}
