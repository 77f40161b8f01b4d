package dev.outrigger.sds;

import static java.util.Objects.requireNonNull;

import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.PublicKey;
import java.security.Security;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECParameterSpec;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/// Gives {@link EcdsaSignature} to the JDK's path validation, which finds it by this name only: it is the last of
/// the providers, and all else goes on without it. Requests and certificates are signed with it, too.
final class EcdsaProvider extends Provider {
    /// For `PKIXParameters.setSigProvider`.
    static final String NAME = "OutriggerEcdsa";

    private static final long serialVersionUID = 1;
    private static final Map<String, String> HASHES =
            Map.of("SHA256withECDSA", "SHA-256", "SHA384withECDSA", "SHA-384", "SHA512withECDSA", "SHA-512");

    private static final EcdsaProvider INSTANCE = new EcdsaProvider();

    private EcdsaProvider() {
        super(NAME, "1", "ECDSA of certificates");
        HASHES.forEach((algorithm, hash) -> putService(new Algorithm(this, algorithm, hash)));
    }

    /// Signs certificates with it where it can, else with what the JDK has.
    ///
    /// @param algorithm for example `SHA256withECDSA`
    static ContentSigner signer(String algorithm, PrivateKey key) throws OperatorCreationException {
        var builder = new JcaContentSignerBuilder(algorithm);
        return (canSign(algorithm, key) ? builder.setProvider(INSTANCE) : builder).build(key);
    }

    /// The same for other uses.
    static Signature signature(String algorithm, PrivateKey key) throws NoSuchAlgorithmException {
        return canSign(algorithm, key) ? Signature.getInstance(algorithm, INSTANCE) : Signature.getInstance(algorithm);
    }

    /// Of what the owner of the key signed.
    ///
    /// @param algorithm of a certificate that {@link #suits}
    static EcdsaSignature verifier(String algorithm, PublicKey key) throws GeneralSecurityException {
        return new EcdsaSignature(requireNonNull(HASHES.get(algorithm), algorithm), key);
    }

    private static boolean canSign(String algorithm, PrivateKey key) {
        return HASHES.containsKey(algorithm) && key instanceof ECPrivateKey elliptic && isKnown(elliptic.getParams());
    }

    /// Whether it can verify every signature of a chain, where {@link #suitsAnchors} holds for its roots.
    static boolean suits(List<X509Certificate> chain) {
        return chain.stream().allMatch(one -> HASHES.containsKey(one.getSigAlgName()))
                && chain.stream().skip(1).allMatch(one -> suits(one.getPublicKey()));
    }

    /// Whether it can verify what any of these roots signed.
    static boolean suitsAnchors(Collection<X509Certificate> anchors) {
        return anchors.stream().allMatch(one -> suits(one.getPublicKey()));
    }

    /// Makes it known to the JDK. Idempotent.
    ///
    /// @return its name
    static String register() {
        if (Security.getProvider(NAME) == null) {
            Security.addProvider(INSTANCE);
        }
        return NAME;
    }

    private static boolean suits(PublicKey key) {
        return key instanceof ECPublicKey elliptic && isKnown(elliptic.getParams());
    }

    private static boolean isKnown(ECParameterSpec curve) {
        try {
            return EllipticCurves.domain(curve) != null;
        } catch (InvalidKeyException _) {
            return false;
        }
    }

    /// Without reflection.
    private static final class Algorithm extends Service {
        private final String hash;

        Algorithm(Provider provider, String algorithm, String hash) {
            super(provider, "Signature", algorithm, EcdsaSignature.class.getName(), List.of(), Map.of());
            this.hash = hash;
        }

        @Override
        public Object newInstance(Object parameter) throws NoSuchAlgorithmException {
            return new EcdsaSignature(hash);
        }
    }
}
