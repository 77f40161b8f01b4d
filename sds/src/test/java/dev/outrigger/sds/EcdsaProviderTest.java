package dev.outrigger.sds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.outrigger.testkit.TestCa;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.SignatureException;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.EllipticCurve;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Our verifier and the JDK's say the same, whatever they are shown.
class EcdsaProviderTest {
    static {
        EcdsaProvider.register();
    }

    @ParameterizedTest(name = "{0} on {1}")
    @CsvSource({
        "SHA256withECDSA,secp256r1",
        "SHA384withECDSA,secp384r1",
        "SHA512withECDSA,secp521r1",
        "SHA512withECDSA,secp256r1",
        "SHA256withECDSA,secp521r1"
    })
    void whatTheJdkSignedPassesAndNothingElse(String algorithm, String curve) throws Exception {
        var random = new Random(7);
        var pair = pair(curve);
        var other = pair(curve);
        for (var i = 0; i < 20; i++) {
            var message = new byte[random.nextInt(300)];
            random.nextBytes(message);
            var signature = signed(algorithm, pair, message);

            assertThat(verifies(algorithm, pair, message, signature)).isTrue();
            assertThat(verifies(algorithm, other, message, signature)).isFalse();
            assertThat(verifies(algorithm, pair, Arrays.copyOf(message, message.length + 1), signature))
                    .isFalse();
        }
    }

    @ParameterizedTest(name = "{0} on {1}")
    @CsvSource({
        "SHA256withECDSA,secp256r1",
        "SHA384withECDSA,secp384r1",
        "SHA512withECDSA,secp521r1",
        "SHA256withECDSA,secp521r1"
    })
    void whatIsSignedWithAKeyOfOursPassesTheJdk(String algorithm, String curve) throws Exception {
        var pair = EllipticCurves.generate(curve);
        var other = EllipticCurves.generate(curve);
        assertThat(pair.getPrivate()).isNotEqualTo(other.getPrivate());
        var random = new Random(11);
        for (var i = 0; i < 20; i++) {
            var message = new byte[random.nextInt(300)];
            random.nextBytes(message);
            var signer = EcdsaProvider.signer(algorithm, pair.getPrivate());
            signer.getOutputStream().write(message);
            var signature = signer.getSignature();

            assertThat(passesTheJdk(algorithm, pair, message, signature)).isTrue();
            assertThat(passesTheJdk(algorithm, other, message, signature)).isFalse();
        }
    }

    @Test
    void aKeyOfOursIsOneOfTheJdks() throws Exception {
        var pair = EllipticCurves.generate("secp256r1");
        var read = KeyFactory.getInstance("EC")
                .generatePrivate(new PKCS8EncodedKeySpec(pair.getPrivate().getEncoded()));
        var message = new byte[] {1, 2, 3};

        assertThat(verifies(
                        "SHA256withECDSA",
                        pair,
                        message,
                        signed("SHA256withECDSA", new KeyPair(pair.getPublic(), read), message)))
                .isTrue();
        assertThatThrownBy(() -> EllipticCurves.generate("secp256k1")).isInstanceOf(InvalidKeyException.class);
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void aDamagedSignatureNeverPasses(long seed) throws Exception {
        var random = new Random(seed);
        var pair = pair("secp256r1");
        var message = new byte[] {1, 2, 3};
        for (var i = 0; i < 300; i++) {
            var good = signed("SHA256withECDSA", pair, message);
            var bad = good.clone();
            if (random.nextBoolean()) {
                bad = Arrays.copyOf(bad, random.nextInt(bad.length));
            } else {
                bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
            }

            assertThat(passes("SHA256withECDSA", pair, message, bad)).isFalse();
        }
    }

    @Test
    void numbersOutOfRangeAreRefused() throws Exception {
        var pair = pair("secp256r1");
        var order = ((ECPublicKey) pair.getPublic()).getParams().getOrder();
        var numbers = List.of(BigInteger.ZERO, order, order.negate(), BigInteger.ONE);
        for (var r : numbers) {
            for (var s : numbers) {
                assertThat(passes("SHA256withECDSA", pair, new byte[0], der(r, s)))
                        .as("%s %s", r, s)
                        .isFalse();
            }
        }
    }

    @Test
    void aPointThatIsNotOnTheCurveAForeignCurveAndAForeignGeneratorAreRefused() throws Exception {
        var pair = pair("secp256r1");
        var key = (ECPublicKey) pair.getPublic();
        var spec = key.getParams();
        var off = new ECPoint(key.getW().getAffineX(), key.getW().getAffineY().add(BigInteger.ONE));
        var curve = new EllipticCurve(
                spec.getCurve().getField(),
                spec.getCurve().getA(),
                spec.getCurve().getB().add(BigInteger.ONE));
        var foreign = new ECParameterSpec(curve, spec.getGenerator(), spec.getOrder(), spec.getCofactor());

        // The trick of CVE-2020-0601: the standard curve with a generator of one's own.
        var chosen = new ECParameterSpec(spec.getCurve(), key.getW(), spec.getOrder(), spec.getCofactor());

        assertThatThrownBy(() -> EllipticCurves.key(new Claimed(key.getW(), chosen)))
                .isInstanceOf(InvalidKeyException.class)
                .hasMessageContaining("no curve that is known");
        assertThatThrownBy(() -> EllipticCurves.key(new Claimed(off, spec)))
                .isInstanceOf(InvalidKeyException.class)
                .hasMessageContaining("not on the curve");
        assertThatThrownBy(() -> EllipticCurves.key(new Claimed(key.getW(), foreign)))
                .isInstanceOf(InvalidKeyException.class)
                .hasMessageContaining("no curve that is known");
    }

    @Test
    void itTakesChainsOfEllipticKeysOnly() throws Exception {
        var elliptic = TestCa.create("root");
        var chain =
                elliptic.issue("spiffe://test.example/a", Duration.ofHours(1)).chain();

        assertThat(EcdsaProvider.suits(chain) && EcdsaProvider.suitsAnchors(List.of(elliptic.root())))
                .isTrue();
    }

    @Test
    void keysOfAnotherKindSignNothing() throws Exception {
        var signature = Signature.getInstance("SHA256withECDSA", EcdsaProvider.NAME);
        var rsa = KeyType.RSA_2048.generate();

        assertThatThrownBy(() -> signature.initSign(rsa.getPrivate())).isInstanceOf(InvalidKeyException.class);
        assertThatThrownBy(() -> signature.initVerify(rsa.getPublic())).isInstanceOf(InvalidKeyException.class);
        assertThatThrownBy(signature::sign).isInstanceOf(SignatureException.class);
    }

    @Test
    void theJdkStillUsesItsOwnElsewhere() throws Exception {
        var signature = Signature.getInstance("SHA256withECDSA");
        signature.initVerify(pair("secp256r1").getPublic());

        assertThat(signature.getProvider().getName()).isEqualTo("SunEC");
    }

    private record Claimed(ECPoint point, ECParameterSpec spec) implements ECPublicKey {
        @Override
        public ECPoint getW() {
            return point;
        }

        @Override
        public ECParameterSpec getParams() {
            return spec;
        }

        @Override
        public String getAlgorithm() {
            return "EC";
        }

        @Override
        public String getFormat() {
            return "none";
        }

        @Override
        public byte[] getEncoded() {
            return new byte[0];
        }
    }

    private static KeyPair pair(String curve) throws GeneralSecurityException {
        var generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec(curve));
        return generator.generateKeyPair();
    }

    private static byte[] signed(String algorithm, KeyPair pair, byte[] message) throws GeneralSecurityException {
        var signer = Signature.getInstance(algorithm);
        signer.initSign(pair.getPrivate());
        signer.update(message);
        return signer.sign();
    }

    private static boolean passesTheJdk(String algorithm, KeyPair pair, byte[] message, byte[] signature)
            throws GeneralSecurityException {
        var verifier = Signature.getInstance(algorithm, "SunEC");
        verifier.initVerify(pair.getPublic());
        verifier.update(message);
        return verifier.verify(signature);
    }

    private static boolean verifies(String algorithm, KeyPair pair, byte[] message, byte[] signature)
            throws GeneralSecurityException {
        var verifier = Signature.getInstance(algorithm, EcdsaProvider.NAME);
        verifier.initVerify(pair.getPublic());
        verifier.update(message);
        return verifier.verify(signature);
    }

    private static boolean passes(String algorithm, KeyPair pair, byte[] message, byte[] signature)
            throws GeneralSecurityException {
        try {
            return verifies(algorithm, pair, message, signature);
        } catch (SignatureException _) {
            return false;
        }
    }

    private static byte[] der(BigInteger r, BigInteger s) {
        var one = r.toByteArray();
        var two = s.toByteArray();
        var der = new ByteArrayOutputStream();
        der.write(0x30);
        der.write(4 + one.length + two.length);
        der.write(2);
        der.write(one.length);
        der.writeBytes(one);
        der.write(2);
        der.write(two.length);
        der.writeBytes(two);
        return der.toByteArray();
    }
}
