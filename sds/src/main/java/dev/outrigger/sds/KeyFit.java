package dev.outrigger.sds;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import org.bouncycastle.math.ec.FixedPointCombMultiplier;

/// Whether a private key belongs to a public one.
///
/// For elliptic curves it is multiplied with the generator; otherwise something is signed and verified.
final class KeyFit {
    private static final byte[] PROBE = "does this key belong to this certificate?".getBytes(StandardCharsets.US_ASCII);

    private KeyFit() {}

    /// @throws GeneralSecurityException when one of them cannot be used at all
    static boolean fits(PrivateKey key, PublicKey counterpart) throws GeneralSecurityException {
        if (!key.getAlgorithm().equals(counterpart.getAlgorithm())) {
            return false;
        }
        return counterpart instanceof ECPublicKey point ? multiplies(key, point) : signs(key, counterpart);
    }

    private static boolean multiplies(PrivateKey key, ECPublicKey point) throws GeneralSecurityException {
        var curve = point.getParams();
        if (!(key instanceof ECPrivateKey number)
                || !number.getParams().getCurve().equals(curve.getCurve())) {
            return false;
        }
        var expected = EllipticCurves.key(point);
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
