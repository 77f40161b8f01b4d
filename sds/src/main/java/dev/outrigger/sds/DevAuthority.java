package dev.outrigger.sds;

import java.io.IOException;
import java.io.StringReader;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;

/// A certificate authority for development and benchmarks, with a root of its own in memory: signs whatever
/// SPIFFE ID it is asked for. Immutable.
public final class DevAuthority {
    private final DevRoot root;
    private final InstantSource clock;

    private DevAuthority(DevRoot root, InstantSource clock) {
        this.root = root;
        this.clock = clock;
    }

    /// Makes a root.
    public static DevAuthority create(InstantSource clock) throws IOException {
        return new DevAuthority(DevRoot.create(clock.instant()), clock);
    }

    /// Signs.
    ///
    /// @param request PKCS#10 as PEM, with one SPIFFE ID as alternative name
    /// @return PEM texts: the certificate, and the root
    /// @throws IOException when it is no such request, saying why
    public List<String> sign(String request, Duration lifetime) throws IOException {
        try {
            var parsed = parse(request);
            var id = spiffeId(parsed);
            DevRoot.checkSpiffeId(id);
            var leaf = root.certify(id, clock.instant(), lifetime, parsed.getPublicKey());
            return List.of(
                    Pem.block("CERTIFICATE", leaf.getEncoded()),
                    Pem.block("CERTIFICATE", root.certificate().getEncoded()));
        } catch (GeneralSecurityException | OperatorCreationException | PKCSException e) {
            throw new IOException("the request cannot be signed: " + Quote.reason(e), e);
        }
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
