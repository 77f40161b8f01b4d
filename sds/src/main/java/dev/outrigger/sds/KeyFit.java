package dev.outrigger.sds;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECPublicKeySpec;
import javax.crypto.KeyAgreement;

/// Whether a private key belongs to a public one.
///
/// For elliptic curves it is multiplied with the generator, by an agreement with "a peer" whose public key is the
/// generator: a third of the time of a signature and its verification. Only the x coordinate comes out, so the
/// negated key would pass as well; no accident makes one.
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
        var generator = KeyFactory.getInstance("EC").generatePublic(new ECPublicKeySpec(curve.getGenerator(), curve));
        var agreement = KeyAgreement.getInstance("ECDH");
        agreement.init(key);
        agreement.doPhase(generator, true);
        return new BigInteger(1, agreement.generateSecret()).equals(point.getW().getAffineX());
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
