package dev.outrigger.sds;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import org.bouncycastle.asn1.ASN1Boolean;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.DERTaggedObject;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;

/// A new key and the request (PKCS#10, RFC 2986) to have it certified for one SPIFFE ID. Immutable.
///
/// Put together here: the library's builder first makes tables of all names and algorithms there are, 6 ms of CPU
/// on the way to a ready Envoy.
final class CertificateRequest {
    private static final ASN1Integer VERSION = new ASN1Integer(0);
    /// The ID is in the subject alternative name; it is critical because the subject is empty (RFC 5280,
    /// 4.2.1.6).
    private static final DERSequence NO_SUBJECT = new DERSequence();

    private static final ASN1ObjectIdentifier EXTENSION_REQUEST = new ASN1ObjectIdentifier("1.2.840.113549.1.9.14");
    private static final ASN1ObjectIdentifier SUBJECT_ALTERNATIVE_NAME = new ASN1ObjectIdentifier("2.5.29.17");

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
            var content = content(spiffeId, pair);
            var signature = EcdsaProvider.signature(type.signature(), pair.getPrivate());
            signature.initSign(pair.getPrivate());
            signature.update(content.getEncoded(ASN1Encoding.DER));
            var request = sequence(content, type.signatureIdentifier(), new DERBitString(signature.sign()));
            return new CertificateRequest(pair, Pem.block("CERTIFICATE REQUEST", request.getEncoded(ASN1Encoding.DER)));
        } catch (IOException e) {
            throw new GeneralSecurityException("cannot make a certificate request: " + e.getMessage(), e);
        }
    }

    private static DERSequence content(String spiffeId, KeyPair pair) throws IOException {
        var name = new GeneralNames(new GeneralName(GeneralName.uniformResourceIdentifier, spiffeId));
        var extension = sequence(SUBJECT_ALTERNATIVE_NAME, ASN1Boolean.TRUE, new DEROctetString(name));
        var attribute = sequence(EXTENSION_REQUEST, new DERSet(sequence(extension)));
        return sequence(
                VERSION,
                NO_SUBJECT,
                ASN1Sequence.getInstance(pair.getPublic().getEncoded()),
                new DERTaggedObject(false, 0, new DERSet(attribute)));
    }

    private static DERSequence sequence(ASN1Encodable... parts) {
        return new DERSequence(parts);
    }

    java.security.PrivateKey key() {
        return pair.getPrivate();
    }

    String pem() {
        return pem;
    }
}
