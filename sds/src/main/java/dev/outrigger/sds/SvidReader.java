package dev.outrigger.sds;

import com.google.protobuf.ByteString;
import dev.outrigger.proto.workload.X509SVID;
import dev.outrigger.proto.workload.X509SVIDResponse;
import io.spiffe.bundle.x509bundle.X509Bundle;
import io.spiffe.exception.BundleNotFoundException;
import io.spiffe.exception.X509BundleException;
import io.spiffe.exception.X509SvidException;
import io.spiffe.spiffeid.TrustDomain;
import io.spiffe.svid.x509svid.X509Svid;
import io.spiffe.svid.x509svid.X509SvidValidator;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Turns an answer of the Workload API into an identity, or says why it must not be used. Nothing in an answer is
/// taken on trust: all parts have to parse, fit together and be valid now.
final class SvidReader {
    private static final Logger LOG = System.getLogger(SvidReader.class.getName());
    private static final byte[] PROBE = "does this key belong to this certificate?".getBytes(StandardCharsets.US_ASCII);

    private final InstantSource clock;

    SvidReader(InstantSource clock) {
        this.clock = clock;
    }

    /// The first SVID of the answer, which is the default one by the specification.
    ///
    /// @param last the identity in use, whose federated bundles fill in for unreadable ones
    Identity read(X509SVIDResponse response, @Nullable Identity last) throws RefusedSvidException {
        if (response.getSvidsCount() == 0) {
            throw new RefusedSvidException("the answer holds no SVID");
        }
        var sent = response.getSvids(0);
        try {
            var svid = X509Svid.parseRaw(
                    sent.getX509Svid().toByteArray(), sent.getX509SvidKey().toByteArray());
            var bundle = X509Bundle.parse(
                    svid.getSpiffeId().getTrustDomain(), sent.getBundle().toByteArray());
            verify(sent, svid, bundle);
            return Identity.of(
                    svid.getSpiffeId().toString(),
                    svid.getPrivateKey(),
                    svid.getChain(),
                    List.copyOf(bundle.getX509Authorities()),
                    federated(response.getFederatedBundlesMap(), last));
        } catch (X509SvidException
                | X509BundleException
                | BundleNotFoundException
                | GeneralSecurityException
                | IllegalArgumentException e) {
            throw new RefusedSvidException("SVID " + sent.getSpiffeId() + " is not usable: " + reason(e), e);
        }
    }

    private void verify(X509SVID sent, X509Svid svid, X509Bundle bundle)
            throws RefusedSvidException, GeneralSecurityException, BundleNotFoundException {
        if (!svid.getSpiffeId().toString().equals(sent.getSpiffeId())) {
            throw new RefusedSvidException(
                    "the answer names " + sent.getSpiffeId() + ", its certificate " + svid.getSpiffeId());
        }
        if (!fits(svid.getPrivateKey(), svid.getLeaf())) {
            throw new RefusedSvidException("SVID " + sent.getSpiffeId() + " comes with the key of another certificate");
        }
        if (!clock.instant().isBefore(svid.getLeaf().getNotAfter().toInstant())) {
            throw new RefusedSvidException("SVID " + sent.getSpiffeId() + " expired "
                    + svid.getLeaf().getNotAfter().toInstant());
        }
        X509SvidValidator.verifyChain(svid.getChain(), bundle);
    }

    /// Whether the certificate verifies what the key signs.
    static boolean fits(PrivateKey key, X509Certificate leaf) throws GeneralSecurityException {
        var algorithm = "EC".equals(leaf.getPublicKey().getAlgorithm()) ? "SHA256withECDSA" : "SHA256withRSA";
        var signer = Signature.getInstance(algorithm);
        signer.initSign(key);
        signer.update(PROBE);
        var signed = signer.sign();
        var verifier = Signature.getInstance(algorithm);
        verifier.initVerify(leaf.getPublicKey());
        verifier.update(PROBE);
        return verifier.verify(signed);
    }

    /// One bad bundle of a foreign domain must not keep the own identity from rotating.
    private static Map<String, List<X509Certificate>> federated(Map<String, ByteString> sent, @Nullable Identity last) {
        var bundles = new HashMap<String, List<X509Certificate>>();
        sent.forEach((domain, der) -> {
            try {
                var parsed = X509Bundle.parse(TrustDomain.parse(domain), der.toByteArray());
                bundles.put(parsed.getTrustDomain().getName(), List.copyOf(parsed.getX509Authorities()));
            } catch (X509BundleException | IllegalArgumentException e) {
                LOG.log(Level.WARNING, "bundle of federated trust domain refused domain={0}: {1}", domain, reason(e));
                keepLast(domain, last, bundles);
            }
        });
        return bundles;
    }

    private static void keepLast(String domain, @Nullable Identity last, Map<String, List<X509Certificate>> bundles) {
        var name = domain.startsWith("spiffe://") ? domain.substring("spiffe://".length()) : domain;
        var kept = last == null ? null : last.federated().get(name);
        if (kept != null) {
            bundles.put(name, kept);
        }
    }

    /// The library wraps the telling message once or twice.
    private static String reason(Throwable error) {
        var text = String.valueOf(error.getMessage());
        var cause = error.getCause();
        return cause == null || cause.getMessage() == null || text.contains(cause.getMessage())
                ? text
                : text + ": " + cause.getMessage();
    }
}
