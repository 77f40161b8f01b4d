package dev.outrigger.sds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.spiffe.exception.InvalidSpiffeIdException;
import io.spiffe.exception.X509SvidException;
import io.spiffe.svid.x509svid.X509Svid;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Random;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The judge is java-spiffe, which parses each certificate anew.
class SvidProfileTest {
    private static final String ID = "spiffe://test.example/a";
    private static final int SIGNATURE = KeyUsage.digitalSignature;
    private static final int CERT_SIGN = KeyUsage.keyCertSign;
    private static final KeyPair PAIR = pair();
    private static final String[] NAMES = {
        ID,
        "spiffe://test.example/a/b-c_d.e",
        "spiffe://test.example",
        "spiffe://test.example/",
        "spiffe://test.example//a",
        "spiffe://Test.example/a",
        "spiffe:///a",
        "spiffe://test.example/a?b",
        "spiffe://test.example/a#b",
        "spiffe://test.example:1/a",
        "spiffe://test.example/../a",
        "spiffe://test.example/" + "x".repeat(2100),
        "https://test.example/a",
        "urn:a"
    };

    /// What a certificate says of itself; null where it says nothing.
    private record Shape(
            List<GeneralName> names,
            @Nullable Boolean authority,
            @Nullable Integer usage) {
        X509Certificate certificate() throws Exception {
            var now = Instant.now();
            var name = new X500Name("CN=any");
            var builder = new JcaX509v3CertificateBuilder(
                    name, BigInteger.ONE, Date.from(now), Date.from(now.plusSeconds(60)), name, PAIR.getPublic());
            if (!names.isEmpty()) {
                builder.addExtension(
                        Extension.subjectAlternativeName, false, new GeneralNames(names.toArray(GeneralName[]::new)));
            }
            if (authority != null) {
                builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(authority));
            }
            if (usage != null) {
                builder.addExtension(Extension.keyUsage, true, new KeyUsage(usage));
            }
            return new JcaX509CertificateConverter()
                    .getCertificate(builder.build(EcdsaProvider.signer("SHA256withECDSA", PAIR.getPrivate())));
        }

        static Shape leaf() {
            return new Shape(List.of(uri(ID)), false, SIGNATURE);
        }

        static Shape signer() {
            return new Shape(List.of(), true, CERT_SIGN);
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void judgesAsTheLibraryDoes(long seed) throws Exception {
        var random = new Random(seed);
        var accepted = 0;
        for (var run = 0; run < 150; run++) {
            var chain = new ArrayList<X509Certificate>();
            chain.add(bent(Shape.leaf(), random).certificate());
            for (var i = random.nextInt(3); i > 0; i--) {
                chain.add(bent(Shape.signer(), random).certificate());
            }

            var expected = library(chain);

            assertThat(ours(chain)).as("run %s: %s", run, chain).isEqualTo(expected);
            accepted += expected.startsWith("spiffe://") ? 1 : 0;
        }
        assertThat(accepted).isBetween(20, 130);
    }

    @ParameterizedTest
    @ValueSource(strings = {"spiffe://test.example", "spiffe://test.example/", "spiffe:///a", "https://a/b"})
    void aNameThatIsNoWorkloadsIsRefusedByName(String name) {
        var shape = new Shape(List.of(uri(name)), false, SIGNATURE);

        assertThatThrownBy(() -> SvidProfile.check("SVID", List.of(shape.certificate())))
                .isInstanceOf(RefusedSvidException.class)
                .hasMessageContaining(name);
    }

    @ParameterizedTest
    @CsvSource({
        "0, URIs as alternative names",
        "2, URIs as alternative names",
    })
    void anotherNumberOfUrisThanOneIsRefused(int count, String reason) {
        var names = new ArrayList<GeneralName>();
        names.add(new GeneralName(GeneralName.dNSName, "test.example"));
        for (var i = 0; i < count; i++) {
            names.add(uri(ID));
        }

        assertThatThrownBy(() -> SvidProfile.check("SVID", List.of(new Shape(names, false, SIGNATURE).certificate())))
                .hasMessageContaining(reason);
    }

    @Test
    void eachReasonIsTold() {
        var names = List.of(uri(ID));

        refused("CA certificate", new Shape(names, true, SIGNATURE));
        refused("digitalSignature", new Shape(names, false, KeyUsage.keyEncipherment));
        refused("digitalSignature", new Shape(names, false, null));
        refused("keyCertSign or cRLSign", new Shape(names, false, SIGNATURE | CERT_SIGN));
        refused("keyCertSign or cRLSign", new Shape(names, null, SIGNATURE | KeyUsage.cRLSign));
        refused("no CA", Shape.leaf(), new Shape(List.of(), false, CERT_SIGN));
        refused("no CA", Shape.leaf(), new Shape(List.of(), null, CERT_SIGN));
        refused("no CA", Shape.leaf(), Shape.signer(), new Shape(List.of(), true, KeyUsage.cRLSign));
    }

    private static void refused(String reason, Shape... shapes) {
        assertThatThrownBy(() -> {
                    var chain = new ArrayList<X509Certificate>();
                    for (var shape : shapes) {
                        chain.add(shape.certificate());
                    }
                    SvidProfile.check("SVID", chain);
                })
                .isInstanceOf(RefusedSvidException.class)
                .hasMessageContaining(reason);
    }

    private static String ours(List<X509Certificate> chain) {
        try {
            return SvidProfile.check("SVID", chain).toString();
        } catch (RefusedSvidException _) {
            return "refused";
        }
    }

    private static String library(List<X509Certificate> chain) {
        var der = new ByteArrayOutputStream();
        chain.forEach(certificate -> der.writeBytes(Pem.der(certificate)));
        try {
            return X509Svid.parseRaw(der.toByteArray(), PAIR.getPrivate().getEncoded())
                    .getSpiffeId()
                    .toString();
        } catch (X509SvidException | InvalidSpiffeIdException _) {
            return "refused";
        }
    }

    /// Half of the time as it is.
    private static Shape bent(Shape shape, Random random) {
        return switch (random.nextInt(6)) {
            case 0 -> new Shape(names(random), shape.authority(), shape.usage());
            case 1 -> new Shape(shape.names(), random.nextBoolean() ? null : random.nextBoolean(), shape.usage());
            case 2 -> new Shape(shape.names(), shape.authority(), random.nextBoolean() ? null : random.nextInt(256));
            default -> shape;
        };
    }

    private static List<GeneralName> names(Random random) {
        var names = new ArrayList<GeneralName>();
        for (var i = random.nextInt(3); i > 0; i--) {
            names.add(
                    random.nextInt(4) == 0
                            ? new GeneralName(GeneralName.dNSName, "test.example")
                            : uri(NAMES[random.nextInt(NAMES.length)]));
        }
        return names;
    }

    private static GeneralName uri(String name) {
        return new GeneralName(GeneralName.uniformResourceIdentifier, name);
    }

    private static KeyPair pair() {
        try {
            return KeyType.ECDSA_P256.generate();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
