package dev.outrigger.sds;

import com.google.protobuf.ByteString;
import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Reads certificates as the Workload API sends them: DER, one behind the other. A bundle that came with the
/// answer before, too, is not read again, as every new SVID brings the bundles along.
///
/// Not thread-safe.
final class BundleReader {
    private Map<ByteString, List<X509Certificate>> before = Map.of();
    private Map<ByteString, List<X509Certificate>> now = new HashMap<>();

    /// A further answer is read; bundles of the last one are remembered, of earlier ones forgotten.
    void next() {
        before = now;
        now = new HashMap<>();
    }

    /// Without repetitions, in an order of their own; at least one.
    ///
    /// @param what for messages
    List<X509Certificate> roots(String what, ByteString der) throws RefusedSvidException {
        if (der.isEmpty()) {
            throw new RefusedSvidException(what + " is empty");
        }
        var roots = before.get(der);
        if (roots == null) {
            var read = certificates(what, der);
            if (read.isEmpty()) {
                throw new RefusedSvidException(what + " holds no certificate");
            }
            roots = List.copyOf(PemReader.sorted(read)); // so that an identity takes it as it is
        }
        now.put(der, roots);
        return roots;
    }

    /// In their order; may be empty.
    ///
    /// @param what for messages
    static List<X509Certificate> certificates(String what, ByteString der) throws RefusedSvidException {
        if (der.size() > PemReader.MOST_BYTES) {
            throw PemReader.tooLarge(what, der.size());
        }
        try {
            var factory = CertificateFactory.getInstance("X.509");
            var in = new ByteArrayInputStream(der.toByteArray());
            var found = new ArrayList<X509Certificate>();
            while (in.available() > 0) { // all at once, the JDK would look for PKCS#7 first
                found.add((X509Certificate) factory.generateCertificate(in));
            }
            return found;
        } catch (GeneralSecurityException
                | RuntimeException e) { // parsers throw these too, on input that is wrong enough
            throw new RefusedSvidException(what + " cannot be read: " + Quote.reason(e), e);
        }
    }
}
