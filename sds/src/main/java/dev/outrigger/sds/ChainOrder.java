package dev.outrigger.sds;

import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;

/// Brings certificates into the order of a chain. What comes in order stays as it is; another order is accepted
/// where only one chain can be made of all of it.
final class ChainOrder {
    private static final int LONGEST = 20;

    private ChainOrder() {}

    /// @param sent any order; a root at the end, or anywhere, is left out
    /// @return the certificate of the key first, then its intermediates; without the root
    /// @throws RefusedSvidException saying why there is no such chain
    static List<X509Certificate> of(PrivateKey key, List<X509Certificate> sent)
            throws RefusedSvidException, GeneralSecurityException {
        if (sent.isEmpty()) {
            throw new RefusedSvidException("comes without a certificate");
        }
        if (sent.size() > LONGEST) {
            throw new RefusedSvidException(
                    "comes with " + sent.size() + " certificates; a chain has at most " + LONGEST);
        }
        var first = sent.getFirst();
        var ordered = isInOrder(sent) && SvidVerifier.fits(key, first) ? new ArrayList<>(sent) : walk(key, sent);
        if (ordered.size() > 1 && isSelfIssued(ordered.getLast())) {
            ordered.removeLast();
        }
        return ordered;
    }

    private static boolean isInOrder(List<X509Certificate> sent) {
        for (var i = 1; i < sent.size(); i++) {
            if (!names(sent.get(i - 1), sent.get(i)) || isSelfIssued(sent.get(i - 1))) {
                return false;
            }
        }
        return true;
    }

    private static List<X509Certificate> walk(PrivateKey key, List<X509Certificate> sent)
            throws RefusedSvidException, GeneralSecurityException {
        var rest = new ArrayList<>(sent.stream().distinct().toList());
        var chain = new ArrayList<X509Certificate>();
        chain.add(leaf(key, rest));
        rest.remove(chain.getFirst());
        while (!isSelfIssued(chain.getLast())) {
            var last = chain.getLast();
            var issuers = rest.stream().filter(one -> issued(last, one)).toList();
            if (issuers.isEmpty()) {
                break;
            }
            if (issuers.size() > 1) {
                throw new RefusedSvidException("comes with a chain out of order that can be read in several ways: "
                        + issuers.size() + " of its certificates could have signed " + name(last));
            }
            chain.add(issuers.getFirst());
            rest.remove(issuers.getFirst());
        }
        rest.removeIf(ChainOrder::isSelfIssued);
        if (!rest.isEmpty()) {
            throw new RefusedSvidException(
                    "comes with a certificate that is no part of its chain: " + name(rest.getFirst()));
        }
        return chain;
    }

    private static X509Certificate leaf(PrivateKey key, List<X509Certificate> sent)
            throws RefusedSvidException, GeneralSecurityException {
        var leaves = new ArrayList<X509Certificate>();
        for (var one : sent) {
            if (SvidVerifier.fits(key, one)) {
                leaves.add(one);
            }
        }
        if (leaves.isEmpty()) {
            throw new RefusedSvidException("comes with the key of another certificate");
        }
        if (leaves.size() > 1) {
            throw new RefusedSvidException("comes with " + leaves.size() + " certificates of one key");
        }
        return leaves.getFirst();
    }

    private static boolean issued(X509Certificate certificate, X509Certificate by) {
        if (!names(certificate, by)) {
            return false;
        }
        try {
            certificate.verify(by.getPublicKey());
            return true;
        } catch (GeneralSecurityException | RuntimeException _) { // the JDK throws these too on odd keys
            return false;
        }
    }

    private static boolean names(X509Certificate certificate, X509Certificate issuer) {
        return certificate.getIssuerX500Principal().equals(issuer.getSubjectX500Principal());
    }

    private static boolean isSelfIssued(X509Certificate certificate) {
        return names(certificate, certificate);
    }

    private static String name(X509Certificate certificate) {
        return Quote.of("serial " + certificate.getSerialNumber().toString(16) + " of "
                + DistinguishedName.text(certificate.getSubjectX500Principal()));
    }
}
