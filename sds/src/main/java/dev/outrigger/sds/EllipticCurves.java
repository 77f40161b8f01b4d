package dev.outrigger.sds;

import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPrivateKeySpec;
import java.security.spec.ECPublicKeySpec;
import java.util.List;
import java.util.function.Predicate;
import org.bouncycastle.crypto.generators.ECKeyPairGenerator;
import org.bouncycastle.crypto.params.ECDomainParameters;
import org.bouncycastle.crypto.params.ECKeyGenerationParameters;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.math.ec.ECCurve;
import org.bouncycastle.math.ec.custom.sec.SecP256R1Curve;
import org.bouncycastle.math.ec.custom.sec.SecP384R1Curve;
import org.bouncycastle.math.ec.custom.sec.SecP521R1Curve;

/// The curves that identities are on (P-256, P-384, P-521), in BouncyCastle's arithmetic. Compiled by C1, which
/// the agent runs with, it verifies a signature in 0.3 ms where the JDK's takes 2; in a JVM that has just begun
/// it makes a key in 5 ms where the JDK's takes 80, as that computes a table first.
final class EllipticCurves {
    private static final Known P256 = Known.of("secp256r1", new SecP256R1Curve());

    static {
        GeneratorTable.giveTo(P256.domain().getG(), P256.domain().getCurve());
    }

    /// Those that are rarely met, made when they are.
    private static final class Larger {
        static final List<Known> CURVES =
                List.of(Known.of("secp384r1", new SecP384R1Curve()), Known.of("secp521r1", new SecP521R1Curve()));
    }

    private EllipticCurves() {}

    /// A new pair, as the JDK has it. Source: FIPS 186-5 A.2.2.
    ///
    /// @param curve for example `secp256r1`
    static KeyPair generate(String curve) throws GeneralSecurityException {
        return known(one -> one.name().equals(curve), "no curve is known as " + curve)
                .generate();
    }

    /// The public key as BouncyCastle takes it.
    ///
    /// @throws InvalidKeyException when it is of another curve, or its point is not on it
    static ECPublicKeyParameters key(ECPublicKey key) throws InvalidKeyException {
        var domain = domain(key.getParams());
        try {
            var at = key.getW();
            return new ECPublicKeyParameters(domain.getCurve().createPoint(at.getAffineX(), at.getAffineY()), domain);
        } catch (IllegalArgumentException e) {
            throw new InvalidKeyException("its point is not on the curve", e);
        }
    }

    /// @throws InvalidKeyException when it is none of ours
    static ECDomainParameters domain(ECParameterSpec spec) throws InvalidKeyException {
        return known(one -> one.isSame(spec), "it is on no curve that is known here")
                .domain();
    }

    /// The first that is meant; the larger ones are not made where it is P-256.
    private static Known known(Predicate<Known> isMeant, String otherwise) throws InvalidKeyException {
        if (isMeant.test(P256)) {
            return P256;
        }
        for (var one : Larger.CURVES) {
            if (isMeant.test(one)) {
                return one;
            }
        }
        throw new InvalidKeyException(otherwise);
    }

    /// A curve as the JDK knows it under its name. Another generator or order makes it another one.
    private record Known(String name, ECParameterSpec spec, ECDomainParameters domain) {
        static Known of(String name, ECCurve curve) {
            try {
                var parameters = AlgorithmParameters.getInstance("EC");
                parameters.init(new ECGenParameterSpec(name));
                var spec = parameters.getParameterSpec(ECParameterSpec.class);
                var generator = spec.getGenerator();
                return new Known(
                        name,
                        spec,
                        new ECDomainParameters(
                                curve,
                                curve.createPoint(generator.getAffineX(), generator.getAffineY()),
                                spec.getOrder(),
                                BigInteger.valueOf(spec.getCofactor())));
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("every JDK has the curve " + name, e);
            }
        }

        KeyPair generate() throws GeneralSecurityException {
            var generator = new ECKeyPairGenerator();
            generator.init(new ECKeyGenerationParameters(domain, new SecureRandom()));
            var pair = generator.generateKeyPair();
            var at = ((ECPublicKeyParameters) pair.getPublic()).getQ().normalize();
            var point = new ECPoint(
                    at.getAffineXCoord().toBigInteger(), at.getAffineYCoord().toBigInteger());
            var number = ((ECPrivateKeyParameters) pair.getPrivate()).getD();
            var factory = KeyFactory.getInstance("EC");
            return new KeyPair(
                    factory.generatePublic(new ECPublicKeySpec(point, spec)),
                    factory.generatePrivate(new ECPrivateKeySpec(number, spec)));
        }

        boolean isSame(ECParameterSpec other) {
            return other.getCurve().equals(spec.getCurve())
                    && other.getGenerator().equals(spec.getGenerator())
                    && other.getOrder().equals(spec.getOrder())
                    && other.getCofactor() == spec.getCofactor();
        }
    }
}
