package dev.outrigger.sds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.outrigger.testkit.TestCa;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.PrivateKey;
import java.security.interfaces.RSAPrivateKey;
import java.time.Duration;
import java.util.Random;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class PemReaderTest {
    private static final TestCa CA = TestCa.create("root");
    private static final TestCa.Issued ISSUED = CA.intermediate("middle").issue(TestIdentities.ID, Duration.ofHours(1));

    @ParameterizedTest
    @EnumSource(names = {"ECDSA_P256", "ECDSA_P384", "RSA_2048"})
    void aKeyIsReadInEveryFormThatToolsWrite(KeyType type) throws Exception {
        var key = type.generate().getPrivate();
        var label = key.getAlgorithm().equals("EC") ? "EC PRIVATE KEY" : "RSA PRIVATE KEY";
        var parameters = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";

        assertThat(key(Pem.block("PRIVATE KEY", key.getEncoded()))).isEqualTo(key);
        var old = Pem.block(label, traditional(key));
        assertThat(number(key(old))).isEqualTo(number(key));
        assertThat(number(key("some text\n" + parameters + old.replace("\n", "\r\n"))))
                .isEqualTo(number(key));
        assertThat(key(ISSUED.chainPem() + Pem.block("PRIVATE KEY", key.getEncoded())))
                .isEqualTo(key);
    }

    @Test
    void aKeyThatCannotBeUsedIsRefusedWithoutQuotingIt() {
        var pem = ISSUED.keyPem();
        var secret = pem.lines().skip(1).findFirst().orElseThrow();

        for (var broken : new String[] {
            "",
            "no key at all",
            pem + pem,
            pem.substring(0, pem.length() / 2),
            pem.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"),
            pem.replace("PRIVATE KEY", "OPENSSH PRIVATE KEY"),
            pem.replace("PRIVATE KEY", "RSA PRIVATE KEY"),
            pem.replace("PRIVATE KEY", "EC PRIVATE KEY"),
            pem.replace("\n" + secret, "\nProc-Type: 4,ENCRYPTED\n" + secret),
            pem.replace(secret, secret.substring(1)),
            pem.replace(secret, secret + "!"),
            pem.replace("END PRIVATE", "END OTHER"),
            pem.replace("-----END PRIVATE KEY-----", ""),
        }) {
            assertThatThrownBy(() -> key(broken))
                    .isInstanceOf(RefusedSvidException.class)
                    .hasMessageStartingWith("key file k ")
                    .hasMessageNotContaining(secret.substring(1, 20))
                    .hasNoCause();
        }
        assertThatThrownBy(() -> key(pem.substring(0, 100))).hasMessageContaining("is cut off");
    }

    @Test
    void certificatesAreReadInTheirOrderWithTextAround() throws Exception {
        var pem = "# comment\n" + ISSUED.chainPem() + "\n\ntrailing\n";

        assertThat(PemReader.certificates("it", bytes(pem))).isEqualTo(ISSUED.chain());
        assertThat(PemReader.roots("it", bytes(CA.rootPem() + CA.rootPem()))).containsExactly(CA.root());
    }

    @Test
    void whatIsNoBundleIsNamed() {
        refused("", "it is empty");
        refused("\n", "it holds no certificate");
        refused(ISSUED.keyPem(), "it holds no certificate");
        refused(CA.rootPem().substring(0, 300), "it is cut off in the middle of a PEM block");
        refused(CA.rootPem() + CA.rootPem().substring(0, 30), "it is cut off in the middle of a PEM block");
        refused(CA.rootPem().replace("MII", "M!I"), "that is not base64");
        refused(Pem.block("CERTIFICATE", new byte[100]), "it holds a certificate that cannot be read");
        refused(CA.rootPem().repeat((10 << 20) / CA.rootPem().length()), "bytes; at most 1048576 are read");
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void whateverIsReadIsRightOrRefused(long seed) throws Exception {
        var random = new Random(seed);
        var chain = bytes(ISSUED.chainPem());
        var keys = new byte[][] {bytes(ISSUED.keyPem()), bytes(Pem.block("EC PRIVATE KEY", traditional(ISSUED.key())))};
        for (var run = 0; run < 3000; run++) {
            try {
                assertThat(PemReader.certificates("it", Corruption.of(chain, random)))
                        .isNotEmpty();
            } catch (RefusedSvidException e) {
                assertThat(e.getMessage()).hasSizeLessThan(500).doesNotContain("\n");
            }
            try {
                assertThat(PemReader.key("it", Corruption.of(keys[run % 2], random)))
                        .isNotNull();
            } catch (RefusedSvidException e) {
                assertThat(e.getMessage()).hasSizeLessThan(500).doesNotContain("\n");
                assertThat(e.getCause()).isNull();
            }
        }
    }

    private static void refused(String pem, String why) {
        assertThatThrownBy(() -> PemReader.roots("it", bytes(pem)))
                .isInstanceOf(RefusedSvidException.class)
                .hasMessageContaining(why);
    }

    private static PrivateKey key(String pem) throws RefusedSvidException {
        return PemReader.key("key file k", bytes(pem));
    }

    private static BigInteger number(PrivateKey key) {
        return key instanceof java.security.interfaces.ECPrivateKey ec
                ? ec.getS()
                : ((RSAPrivateKey) key).getPrivateExponent();
    }

    /// PKCS#1, or SEC 1 with the name of the curve, as OpenSSL writes it.
    static byte[] traditional(PrivateKey key) throws IOException {
        var info = PrivateKeyInfo.getInstance(key.getEncoded());
        if (!(key instanceof java.security.interfaces.ECPrivateKey ec)) {
            return info.parsePrivateKey().toASN1Primitive().getEncoded();
        }
        var bits = ec.getParams().getOrder().bitLength();
        return new ECPrivateKey(bits, ec.getS(), info.getPrivateKeyAlgorithm().getParameters()).getEncoded();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
