package dev.outrigger.sds;

import java.io.ByteArrayInputStream;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The certificates of an SVID, the leaf first, then its intermediates; without the root. Chains are the same when
/// their bytes are.
///
/// One that is known to be good is parsed only when somebody looks into it: that is a tenth of the time that a new
/// certificate takes to Envoy, which is given the bytes. Immutable, thread-safe.
final class Chain {
    private final List<byte[]> encoded;
    private volatile @Nullable List<X509Certificate> parsed;

    private Chain(List<byte[]> encoded, @Nullable List<X509Certificate> parsed) {
        this.encoded = encoded;
        this.parsed = parsed;
    }

    /// Copies the list.
    ///
    /// @throws IllegalArgumentException when it is empty
    static Chain of(List<X509Certificate> certificates) {
        if (certificates.isEmpty()) {
            throw new IllegalArgumentException("a chain has a certificate");
        }
        return new Chain(certificates.stream().map(Pem::der).toList(), List.copyOf(certificates));
    }

    /// The same intermediates under another leaf.
    ///
    /// @param leaf DER of a certificate that can be parsed; not to be changed any more
    Chain withLeaf(byte[] leaf) {
        var other = new ArrayList<>(encoded);
        other.set(0, leaf);
        return new Chain(List.copyOf(other), null);
    }

    /// Parsed at the first call.
    List<X509Certificate> certificates() {
        var known = parsed;
        if (known == null) {
            known = parse(encoded);
            parsed = known;
        }
        return known;
    }

    String pem() {
        var pem = new StringBuilder();
        encoded.forEach(one -> pem.append(Pem.certificate(one)));
        return pem.toString();
    }

    private static List<X509Certificate> parse(List<byte[]> encoded) {
        try {
            var factory = CertificateFactory.getInstance("X.509");
            var certificates = new ArrayList<X509Certificate>();
            for (var one : encoded) {
                certificates.add((X509Certificate) factory.generateCertificate(new ByteArrayInputStream(one)));
            }
            return List.copyOf(certificates);
        } catch (CertificateException e) {
            throw new IllegalStateException("a chain that was taken can be parsed", e);
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        if (!(other instanceof Chain that) || encoded.size() != that.encoded.size()) {
            return false;
        }
        for (var i = 0; i < encoded.size(); i++) {
            if (!Arrays.equals(encoded.get(i), that.encoded.get(i))) {
                return false;
            }
        }
        return true;
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(encoded.getFirst());
    }

    @Override
    public String toString() {
        return encoded.size() + " certificates";
    }
}
