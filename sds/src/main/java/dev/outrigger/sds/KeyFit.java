package dev.outrigger.sds;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECParameterSpec;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.math.ec.FixedPointCombMultiplier;

/// Whether a private key belongs to a public one.
///
/// For elliptic curves it is multiplied with the generator; otherwise something is signed and verified.
final class KeyFit {
    private static final byte[] PROBE = "does this key belong to this certificate?".getBytes(StandardCharsets.US_ASCII);

    private static final int UNCOMPRESSED = 4;

    private KeyFit() {}

    /// @throws GeneralSecurityException when one of them cannot be used at all
    static boolean fits(PrivateKey key, PublicKey counterpart) throws GeneralSecurityException {
        if (!key.getAlgorithm().equals(counterpart.getAlgorithm())) {
            return false;
        }
        return counterpart instanceof ECPublicKey point
                ? multiplies(key, point.getParams(), EllipticCurves.key(point))
                : signs(key, counterpart);
    }

    /// Of a public key whose curve and point are known, without an object of it.
    ///
    /// @param point as it is in a certificate, not compressed (SEC 1, section 2.3.3)
    /// @throws GeneralSecurityException when one of them cannot be used at all
    static boolean fits(PrivateKey key, ECParameterSpec curve, byte[] point) throws GeneralSecurityException {
        if (point[0] != UNCOMPRESSED) {
            throw new InvalidKeyException("its point is compressed");
        }
        try {
            var domain = EllipticCurves.domain(curve);
            return multiplies(
                    key, curve, new ECPublicKeyParameters(domain.getCurve().decodePoint(point), domain));
        } catch (IllegalArgumentException e) {
            throw new InvalidKeyException("its point is not on the curve", e);
        }
    }

    private static boolean multiplies(PrivateKey key, ECParameterSpec curve, ECPublicKeyParameters expected) {
        if (!(key instanceof ECPrivateKey number)
                || !number.getParams().getCurve().equals(curve.getCurve())) {
            return false;
        }
        var secret = number.getS();
        if (secret.signum() <= 0 || secret.compareTo(curve.getOrder()) >= 0) {
            return false;
        }
        return new FixedPointCombMultiplier()
                .multiply(expected.getParameters().getG(), secret)
                .equals(expected.getQ());
    }

    private static boolean signs(PrivateKey key, PublicKey counterpart) throws GeneralSecurityException {
        var signer = Signature.getInstance("SHA256withRSA");
        signer.initSign(key);
        signer.update(PROBE);
        var signed = signer.sign();
        var verifier = Signature.getInstance("SHA256withRSA");
        verifier.initVerify(counterpart);
        verifier.update(PROBE);
        try {
            return verifier.verify(signed);
        } catch (SignatureException _) { // of a key of another size
            return false;
        }
    }
}
