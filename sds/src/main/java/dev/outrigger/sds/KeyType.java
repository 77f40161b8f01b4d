package dev.outrigger.sds;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DERSequence;

/// What key is made for a certificate.
public enum KeyType {
    /// The default: small, and made in a millisecond.
    ECDSA_P256("secp256r1", 0, "SHA256withECDSA"),
    /// As P-256, stronger and slower.
    ECDSA_P384("secp384r1", 0, "SHA384withECDSA"),
    /// For peers without ECDSA; takes 100 ms and more to make.
    RSA_2048("", 2048, "SHA256withRSA"),
    /// As above, stronger and slower.
    RSA_3072("", 3072, "SHA256withRSA"),
    /// As above; may take seconds to make.
    RSA_4096("", 4096, "SHA256withRSA");

    private final String curve;
    private final int bits;
    private final String signature;

    KeyType(String curve, int bits, String signature) {
        this.curve = curve;
        this.bits = bits;
        this.signature = signature;
    }

    /// A new pair.
    KeyPair generate() throws GeneralSecurityException {
        if (bits == 0) {
            return EllipticCurves.generate(curve);
        }
        var generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(bits);
        return generator.generateKeyPair();
    }

    /// The algorithm with which such a key signs its request.
    String signature() {
        return signature;
    }

    /// The same as X.509 has it. Source: RFC 5758 section 3.2 (ecdsa-with-SHA256 and -SHA384), RFC 4055 section 5
    /// (sha256WithRSAEncryption).
    DERSequence signatureIdentifier() {
        var parts = switch (signature) {
            case "SHA256withECDSA" -> new ASN1Encodable[] {new ASN1ObjectIdentifier("1.2.840.10045.4.3.2")};
            case "SHA384withECDSA" -> new ASN1Encodable[] {new ASN1ObjectIdentifier("1.2.840.10045.4.3.3")};
            default -> new ASN1Encodable[] {new ASN1ObjectIdentifier("1.2.840.113549.1.1.11"), DERNull.INSTANCE};
        };
        return new DERSequence(parts);
    }
}
