package dev.outrigger.sds;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.spec.ECGenParameterSpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyFitTest {
    @ParameterizedTest
    @ValueSource(strings = {"secp256r1", "secp384r1", "secp521r1"})
    void aKeyFitsItsOwnCounterpartOnly(String curve) throws Exception {
        var generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec(curve));
        for (var i = 0; i < 20; i++) {
            var one = generator.generateKeyPair();
            var other = generator.generateKeyPair();

            assertThat(KeyFit.fits(one.getPrivate(), one.getPublic())).isTrue();
            assertThat(KeyFit.fits(one.getPrivate(), other.getPublic())).isFalse();
        }
    }

    @Test
    void rsaKeysFitByTheirSignaturesAndNoOtherKind() throws Exception {
        var generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        var one = generator.generateKeyPair();
        var other = generator.generateKeyPair();
        var elliptic = KeyPairGenerator.getInstance("EC").generateKeyPair();

        assertThat(KeyFit.fits(one.getPrivate(), one.getPublic())).isTrue();
        assertThat(KeyFit.fits(one.getPrivate(), other.getPublic())).isFalse();
        assertThat(KeyFit.fits(one.getPrivate(), elliptic.getPublic())).isFalse();
        assertThat(KeyFit.fits(elliptic.getPrivate(), one.getPublic())).isFalse();
    }

    @Test
    void keysOfDifferentCurvesDoNotFit() throws Exception {
        var generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        var small = generator.generateKeyPair();
        generator.initialize(new ECGenParameterSpec("secp384r1"));
        var large = generator.generateKeyPair();

        assertThat(fits(small.getPrivate(), large.getPublic())).isFalse();
        assertThat(fits(large.getPrivate(), small.getPublic())).isFalse();
    }

    private static boolean fits(PrivateKey key, PublicKey counterpart) {
        try {
            return KeyFit.fits(key, counterpart);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }
}
