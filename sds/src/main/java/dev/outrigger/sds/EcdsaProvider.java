package dev.outrigger.sds;

import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.security.PublicKey;
import java.security.Security;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/// Gives {@link EcdsaVerifier} to the JDK's path validation, which finds it by this name only: it is the last of
/// the providers, and all else goes on without it.
final class EcdsaProvider extends Provider {
    /// For `PKIXParameters.setSigProvider`.
    static final String NAME = "OutriggerEcdsa";

    private static final long serialVersionUID = 1;
    private static final Map<String, String> HASHES =
            Map.of("SHA256withECDSA", "SHA-256", "SHA384withECDSA", "SHA-384", "SHA512withECDSA", "SHA-512");

    private EcdsaProvider() {
        super(NAME, "1", "verifies ECDSA signatures of certificates");
        HASHES.forEach((algorithm, hash) -> putService(new Verification(this, algorithm, hash)));
    }

    /// Whether it can verify every signature on the way from a chain to its roots.
    ///
    /// @param anchors any of which may have signed the last of the chain
    static boolean suits(List<X509Certificate> chain, Collection<X509Certificate> anchors) {
        return chain.stream().allMatch(one -> HASHES.containsKey(one.getSigAlgName()))
                && chain.stream().skip(1).allMatch(one -> suits(one.getPublicKey()))
                && anchors.stream().allMatch(one -> suits(one.getPublicKey()));
    }

    /// Makes it known to the JDK. Idempotent.
    static void register() {
        if (Security.getProvider(NAME) == null) {
            Security.addProvider(new EcdsaProvider());
        }
    }

    private static boolean suits(PublicKey key) {
        try {
            return key instanceof ECPublicKey elliptic && EllipticCurves.domain(elliptic.getParams()) != null;
        } catch (InvalidKeyException _) {
            return false;
        }
    }

    /// Without reflection.
    private static final class Verification extends Service {
        private final String hash;

        Verification(Provider provider, String algorithm, String hash) {
            super(provider, "Signature", algorithm, EcdsaVerifier.class.getName(), List.of(), Map.of());
            this.hash = hash;
        }

        @Override
        public Object newInstance(Object parameter) throws NoSuchAlgorithmException {
            return new EcdsaVerifier(hash);
        }
    }
}
