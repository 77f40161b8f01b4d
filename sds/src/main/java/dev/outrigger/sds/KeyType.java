package dev.outrigger.sds;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;

/// What key is made for a certificate.
public enum KeyType {
    /// The default: small, and made in a millisecond.
    ECDSA_P256("EC", "secp256r1", 0, "SHA256withECDSA"),
    /// As P-256, stronger and slower.
    ECDSA_P384("EC", "secp384r1", 0, "SHA384withECDSA"),
    /// For peers without ECDSA; takes 100 ms and more to make.
    RSA_2048("RSA", "", 2048, "SHA256withRSA"),
    /// As above, stronger and slower.
    RSA_3072("RSA", "", 3072, "SHA256withRSA"),
    /// As above; may take seconds to make.
    RSA_4096("RSA", "", 4096, "SHA256withRSA");

    private final String algorithm;
    private final String curve;
    private final int bits;
    private final String signature;

    KeyType(String algorithm, String curve, int bits, String signature) {
        this.algorithm = algorithm;
        this.curve = curve;
        this.bits = bits;
        this.signature = signature;
    }

    /// A new pair.
    KeyPair generate() throws GeneralSecurityException {
        var generator = KeyPairGenerator.getInstance(algorithm);
        if (bits == 0) {
            generator.initialize(new ECGenParameterSpec(curve));
        } else {
            generator.initialize(bits);
        }
        return generator.generateKeyPair();
    }

    /// The algorithm with which such a key signs its request.
    String signature() {
        return signature;
    }
}
