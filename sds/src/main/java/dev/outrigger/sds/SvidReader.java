package dev.outrigger.sds;

import com.google.protobuf.ByteString;
import dev.outrigger.proto.workload.X509SVID;
import dev.outrigger.proto.workload.X509SVIDResponse;
import io.spiffe.bundle.x509bundle.X509Bundle;
import io.spiffe.exception.X509BundleException;
import io.spiffe.exception.X509SvidException;
import io.spiffe.spiffeid.TrustDomain;
import io.spiffe.svid.x509svid.X509Svid;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Turns an answer of the Workload API into an identity, or says why it must not be used. Nothing in an answer is
/// taken on trust: all parts have to parse, fit together and be valid now.
final class SvidReader {
    private static final Logger LOG = System.getLogger(SvidReader.class.getName());
    private static final int MOST_SHOWN = 300;
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
            return read(sent, federated(response.getFederatedBundlesMap(), last));
        } catch (X509SvidException
                | X509BundleException
                | GeneralSecurityException
                | RuntimeException e) { // parsers throw these too, on input that is wrong enough
            throw new RefusedSvidException("SVID " + shown(sent.getSpiffeId()) + " is not usable: " + reason(e), e);
        }
    }

    private Identity read(X509SVID sent, Map<String, List<X509Certificate>> federated)
            throws RefusedSvidException, X509SvidException, X509BundleException, GeneralSecurityException {
        if (sent.getX509Svid().isEmpty()) {
            throw new RefusedSvidException("SVID " + shown(sent.getSpiffeId()) + " comes without a certificate");
        }
        var svid = X509Svid.parseRaw(
                sent.getX509Svid().toByteArray(), sent.getX509SvidKey().toByteArray());
        var bundle = roots(svid.getSpiffeId().getTrustDomain(), sent.getBundle());
        verify(sent, svid, bundle);
        return Identity.of(svid.getSpiffeId().toString(), svid.getPrivateKey(), svid.getChain(), bundle, federated);
    }

    private void verify(X509SVID sent, X509Svid svid, List<X509Certificate> bundle)
            throws RefusedSvidException, GeneralSecurityException {
        var id = "SVID " + svid.getSpiffeId();
        if (!svid.getSpiffeId().toString().equals(sent.getSpiffeId())) {
            throw new RefusedSvidException(
                    "the answer names " + shown(sent.getSpiffeId()) + ", its certificate " + svid.getSpiffeId());
        }
        if (!fits(svid.getPrivateKey(), svid.getLeaf())) {
            throw new RefusedSvidException(id + " comes with the key of another certificate");
        }
        var now = clock.instant();
        for (var certificate : svid.getChain()) {
            var start = certificate.getNotBefore().toInstant();
            var end = certificate.getNotAfter().toInstant();
            if (now.isBefore(start)) {
                throw new RefusedSvidException(
                        id + " is valid from " + start + " on; is the clock of this machine right?");
            }
            if (!now.isBefore(end)) {
                throw new RefusedSvidException(id + " expired " + end);
            }
        }
        verifyPath(svid.getChain(), bundle, now);
    }

    private static void verifyPath(List<X509Certificate> chain, List<X509Certificate> bundle, Instant now)
            throws GeneralSecurityException {
        var anchors = bundle.stream().map(root -> new TrustAnchor(root, null)).collect(Collectors.toSet());
        var parameters = new PKIXParameters(anchors);
        parameters.setRevocationEnabled(false);
        parameters.setDate(Date.from(now));
        var path = CertificateFactory.getInstance("X.509").generateCertPath(chain);
        CertPathValidator.getInstance("PKIX").validate(path, parameters);
    }

    /// In an order of their own, so that a server that sends the same roots in another one changes nothing.
    private static List<X509Certificate> roots(TrustDomain domain, ByteString der) throws X509BundleException {
        if (der.isEmpty()) {
            throw new X509BundleException("the bundle of " + domain.getName() + " is empty");
        }
        var roots = X509Bundle.parse(domain, der.toByteArray()).getX509Authorities();
        if (roots.isEmpty()) {
            throw new X509BundleException("the bundle of " + domain.getName() + " holds no certificate");
        }
        return roots.stream()
                .sorted(Comparator.comparing(Pem::der, Arrays::compareUnsigned))
                .toList();
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
                var parsed = TrustDomain.parse(domain);
                bundles.put(parsed.getName(), roots(parsed, der));
            } catch (X509BundleException | RuntimeException e) {
                LOG.log(
                        Level.WARNING,
                        "bundle of federated trust domain refused domain={0}: {1}",
                        shown(domain),
                        reason(e));
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

    /// What others wrote, cut and without characters that would break a line.
    private static String shown(String text) {
        var clean = text.replaceAll("\\p{Cntrl}", "?");
        return clean.length() <= MOST_SHOWN ? clean : clean.substring(0, MOST_SHOWN) + "...";
    }

    /// The library wraps the telling message once or twice.
    private static String reason(Throwable error) {
        var text = error.getMessage() == null ? error.getClass().getSimpleName() : error.getMessage();
        var cause = error.getCause();
        return cause == null || cause.getMessage() == null || text.contains(cause.getMessage())
                ? shown(text)
                : shown(text + ": " + cause.getMessage());
    }
}
