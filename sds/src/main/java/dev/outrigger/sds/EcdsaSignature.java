package dev.outrigger.sds;

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.InvalidParameterException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.SignatureException;
import java.security.SignatureSpi;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.ParametersWithRandom;
import org.bouncycastle.crypto.signers.ECDSASigner;
import org.bouncycastle.crypto.signers.StandardDSAEncoding;
import org.jspecify.annotations.Nullable;

/// ECDSA with BouncyCastle's arithmetic, see {@link EllipticCurves}. Signing takes a fresh random number a
/// signature.
///
/// Sources: FIPS 186-5 sections 6.4.1 and 6.4.2; the signature is the DER of RFC 3279 section 2.2.3, and no other
/// encoding.
final class EcdsaSignature extends SignatureSpi {
    private final MessageDigest digest;
    private @Nullable ECPublicKeyParameters key;
    private @Nullable ECPrivateKeyParameters signing;

    /// @param hash for example `SHA-256`
    EcdsaSignature(String hash) throws NoSuchAlgorithmException {
        this.digest = MessageDigest.getInstance(hash);
    }

    /// Verifies for one key, again and again.
    EcdsaSignature(String hash, PublicKey key) throws GeneralSecurityException {
        this(hash);
        engineInitVerify(key);
    }

    /// Whether the owner of the key signed these bytes.
    ///
    /// @param r one number of the signature
    /// @param s the other one
    boolean isOf(byte[] whole, int start, int end, BigInteger r, BigInteger s) {
        digest.reset();
        digest.update(whole, start, end - start);
        return key != null && verifies(key, r, s);
    }

    @Override
    protected void engineInitVerify(PublicKey publicKey) throws InvalidKeyException {
        if (!(publicKey instanceof ECPublicKey elliptic)) {
            throw new InvalidKeyException("a key of " + publicKey.getAlgorithm() + " verifies no ECDSA");
        }
        key = Issuers.key(elliptic);
        digest.reset();
    }

    @Override
    protected void engineUpdate(byte one) {
        digest.update(one);
    }

    @Override
    protected void engineUpdate(byte[] bytes, int at, int count) {
        digest.update(bytes, at, count);
    }

    @Override
    protected boolean engineVerify(byte[] signature) throws SignatureException {
        if (key == null) {
            throw new SignatureException("no key to verify with");
        }
        try {
            var numbers =
                    StandardDSAEncoding.INSTANCE.decode(key.getParameters().getN(), signature);
            return verifies(key, numbers[0], numbers[1]);
        } catch (IOException | RuntimeException e) { // its parser throws both
            throw new SignatureException("the signature cannot be read", e);
        }
    }

    private boolean verifies(ECPublicKeyParameters by, BigInteger r, BigInteger s) {
        var verifier = new ECDSASigner();
        verifier.init(false, by);
        return verifier.verifySignature(digest.digest(), r, s);
    }

    @Override
    protected void engineInitSign(PrivateKey privateKey) throws InvalidKeyException {
        if (!(privateKey instanceof ECPrivateKey elliptic)) {
            throw new InvalidKeyException("a key of " + privateKey.getAlgorithm() + " signs no ECDSA");
        }
        signing = new ECPrivateKeyParameters(elliptic.getS(), EllipticCurves.domain(elliptic.getParams()));
        digest.reset();
    }

    @Override
    protected byte[] engineSign() throws SignatureException {
        if (signing == null) {
            throw new SignatureException("no key to sign with");
        }
        var signer = new ECDSASigner();
        signer.init(true, new ParametersWithRandom(signing, new SecureRandom()));
        var numbers = signer.generateSignature(digest.digest());
        try {
            return StandardDSAEncoding.INSTANCE.encode(signing.getParameters().getN(), numbers[0], numbers[1]);
        } catch (IOException e) {
            throw new SignatureException("the signature cannot be written", e);
        }
    }

    @Override
    @Deprecated
    protected void engineSetParameter(String name, Object value) {
        throw new InvalidParameterException("ECDSA has no parameter " + name);
    }

    @Override
    @Deprecated
    protected Object engineGetParameter(String name) {
        throw new InvalidParameterException("ECDSA has no parameter " + name);
    }

    /// Keys that verified last, with the multiples of their points that the library keeps there: few keys sign
    /// all that an agent verifies.
    private static final class Issuers {
        private static final int MOST = 8;
        private static final Map<ECPublicKey, ECPublicKeyParameters> KEYS = new LinkedHashMap<>(MOST, 1, true) {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<ECPublicKey, ECPublicKeyParameters> eldest) {
                return size() > MOST;
            }
        };

        static ECPublicKeyParameters key(ECPublicKey key) throws InvalidKeyException {
            synchronized (KEYS) {
                var known = KEYS.get(key);
                if (known == null) {
                    known = EllipticCurves.key(key);
                    KEYS.put(key, known);
                }
                return known;
            }
        }
    }
}
