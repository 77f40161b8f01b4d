package dev.outrigger.sds;

import io.spiffe.exception.InvalidSpiffeIdException;
import io.spiffe.spiffeid.SpiffeId;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.List;

/// What makes certificates those of an SVID, beside that they verify: names, key usages and constraints. Looks at
/// certificates that are parsed already, as parsing each rotation's again would be a tenth of the time until
/// Envoy has it.
///
/// Source: the SPIFFE X.509-SVID specification, sections 2, 4 and 5.
final class SvidProfile {
    /// `GeneralName` of RFC 5280, section 4.2.1.6.
    private static final int URI = 6;
    /// Bits of `KeyUsage`, RFC 5280, section 4.2.1.3.
    private static final int DIGITAL_SIGNATURE = 0;

    private static final int KEY_CERT_SIGN = 5;
    private static final int CRL_SIGN = 6;

    private SvidProfile() {}

    /// @param what for messages, for example `SVID spiffe://example.org/web is not usable`
    /// @param chain the leaf first, then its intermediates
    /// @return whose it is
    static SpiffeId check(String what, List<X509Certificate> chain) throws RefusedSvidException {
        var leaf = chain.getFirst();
        var id = id(what, leaf);
        if (id.getPath().isEmpty()) {
            throw new RefusedSvidException(what + ": its SPIFFE ID " + id + " has no path, so it names a trust domain");
        }
        if (isAuthority(leaf)) {
            throw new RefusedSvidException(what + ": its leaf is a CA certificate");
        }
        if (!isFor(leaf, DIGITAL_SIGNATURE)) {
            throw new RefusedSvidException(what + ": its leaf lacks the key usage digitalSignature");
        }
        if (isFor(leaf, KEY_CERT_SIGN) || isFor(leaf, CRL_SIGN)) {
            throw new RefusedSvidException(what + ": its leaf has a key usage of a CA, keyCertSign or cRLSign");
        }
        for (var signer : chain.subList(1, chain.size())) {
            if (!isAuthority(signer) || !isFor(signer, KEY_CERT_SIGN)) {
                throw new RefusedSvidException(
                        what + ": an intermediate of it is no CA with the key usage keyCertSign");
            }
        }
        return id;
    }

    private static SpiffeId id(String what, X509Certificate leaf) throws RefusedSvidException {
        var uris = uris(what, leaf);
        if (uris.size() != 1) {
            throw new RefusedSvidException(what + ": its leaf has " + uris.size()
                    + " URIs as alternative names; an SVID has one, its SPIFFE ID");
        }
        try {
            return SpiffeId.parse(uris.getFirst());
        } catch (InvalidSpiffeIdException e) {
            throw new RefusedSvidException(
                    what + ": its leaf's URI " + Quote.of(uris.getFirst()) + " is no SPIFFE ID: " + Quote.reason(e), e);
        }
    }

    private static List<String> uris(String what, X509Certificate leaf) throws RefusedSvidException {
        try {
            var names = leaf.getSubjectAlternativeNames();
            return names == null
                    ? List.of()
                    : names.stream()
                            .filter(name -> Integer.valueOf(URI).equals(name.getFirst()))
                            .map(name -> (String) name.get(1))
                            .toList();
        } catch (CertificateParsingException e) {
            throw new RefusedSvidException(what + ": its leaf's alternative names cannot be read", e);
        }
    }

    private static boolean isAuthority(X509Certificate certificate) {
        return certificate.getBasicConstraints() >= 0;
    }

    private static boolean isFor(X509Certificate certificate, int usage) {
        var usages = certificate.getKeyUsage();
        return usages != null && usages[usage];
    }
}
