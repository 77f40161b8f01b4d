package dev.outrigger.dev;

import dev.outrigger.sds.DevRoot;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;

/// Signs certificate requests, for development and benchmarks, with a root of its own in memory: signs whatever
/// SPIFFE ID it is asked for. Immutable.
final class Authority {
    private final DevRoot root;
    private final InstantSource clock;

    private Authority(DevRoot root, InstantSource clock) {
        this.root = root;
        this.clock = clock;
    }

    /// Makes a root.
    static Authority create(InstantSource clock) throws IOException {
        return new Authority(DevRoot.create(clock.instant()), clock);
    }

    /// Signs.
    ///
    /// @param request PKCS#10 as PEM, with one SPIFFE ID as alternative name
    /// @return PEM texts: the certificate, and the root
    /// @throws IOException when it is no such request, saying why
    List<String> sign(String request, Duration lifetime) throws IOException {
        try {
            var parsed = parse(request);
            var id = spiffeId(parsed);
            DevRoot.checkSpiffeId(id);
            var leaf = root.certify(id, clock.instant(), lifetime, parsed.getPublicKey());
            return List.of(pem(leaf), pem(root.certificate()));
        } catch (GeneralSecurityException | OperatorCreationException | PKCSException e) {
            throw new IOException("the request cannot be signed: " + e.getMessage(), e);
        }
    }

    private static String pem(X509Certificate certificate) throws IOException {
        var text = new StringWriter();
        try (var writer = new JcaPEMWriter(text)) {
            writer.writeObject(certificate);
        }
        return text.toString();
    }

    private static JcaPKCS10CertificationRequest parse(String pem)
            throws IOException, GeneralSecurityException, OperatorCreationException, PKCSException {
        try (var parser = new PEMParser(new StringReader(pem))) {
            if (parser.readObject() instanceof PKCS10CertificationRequest found) {
                var request = new JcaPKCS10CertificationRequest(found);
                var key = request.getPublicKey();
                if (request.isSignatureValid(new JcaContentVerifierProviderBuilder().build(key))) {
                    return request;
                }
                throw new IOException("the request is not signed by its own key");
            }
        }
        throw new IOException("the request is no PKCS#10 in PEM");
    }

    private static String spiffeId(PKCS10CertificationRequest request) throws IOException {
        var extensions = request.getRequestedExtensions();
        var names =
                extensions == null ? null : GeneralNames.fromExtensions(extensions, Extension.subjectAlternativeName);
        if (names == null
                || names.getNames().length != 1
                || names.getNames()[0].getTagNo() != GeneralName.uniformResourceIdentifier) {
            throw new IOException("the request does not ask for one URI");
        }
        return names.getNames()[0].getName().toString();
    }
}
