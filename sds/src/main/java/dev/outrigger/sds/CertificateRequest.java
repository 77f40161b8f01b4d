package dev.outrigger.sds;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

/// A new key and the request (PKCS#10) to have it certified for one SPIFFE ID. Immutable.
final class CertificateRequest {
    /// The ID is in the subject alternative name; it is critical because the subject is empty (RFC 5280,
    /// 4.2.1.6).
    private static final X500Name NO_SUBJECT = new X500Name(new RDN[0]);

    private final KeyPair pair;
    private final String pem;

    private CertificateRequest(KeyPair pair, String pem) {
        this.pair = pair;
        this.pem = pem;
    }

    /// Takes from a millisecond to seconds, by the kind of key.
    static CertificateRequest of(String spiffeId, KeyType type) throws GeneralSecurityException {
        var pair = type.generate();
        try {
            var extensions = new ExtensionsGenerator();
            extensions.addExtension(
                    Extension.subjectAlternativeName,
                    true,
                    new GeneralNames(new GeneralName(GeneralName.uniformResourceIdentifier, spiffeId)));
            var request = new JcaPKCS10CertificationRequestBuilder(NO_SUBJECT, pair.getPublic())
                    .addAttribute(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest, extensions.generate())
                    .build(EcdsaProvider.signer(type.signature(), pair.getPrivate()));
            return new CertificateRequest(pair, Pem.block("CERTIFICATE REQUEST", request.getEncoded()));
        } catch (IOException | OperatorCreationException e) {
            throw new GeneralSecurityException("cannot make a certificate request: " + e.getMessage(), e);
        }
    }

    java.security.PrivateKey key() {
        return pair.getPrivate();
    }

    String pem() {
        return pem;
    }
}
