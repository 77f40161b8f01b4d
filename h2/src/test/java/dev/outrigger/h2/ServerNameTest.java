package dev.outrigger.h2;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServerNameTest {
    private static KeyPair pair;

    @BeforeAll
    static void makeKey() throws Exception {
        pair = KeyPairGenerator.getInstance("EC").generateKeyPair();
    }

    @ParameterizedTest(name = "{0} is for {1}")
    @CsvSource({
        "istiod.istio-system.svc, istiod.istio-system.svc",
        "ISTIOD.example, istiod.EXAMPLE",
        "istiod.example, istiod.example.",
        "*.example.com, a.example.com",
        "*.Example.com, A.eXample.com",
        "*.svc.cluster.local, istiod.svc.cluster.local",
        "localhost, localhost",
        "xn--bcher-kva.example, bücher.example",
        "127.0.0.1, 127.0.0.1",
        "::1, ::1",
        "2001:db8::1, 2001:0DB8:0:0:0:0:0:1",
    })
    void theRightNamePasses(String certified, String asked) throws Exception {
        var certificate = certificate("CN=x", certified);

        assertThatCode(() -> ServerName.check(certificate, asked)).doesNotThrowAnyException();
    }

    @ParameterizedTest(name = "{0} is not for {1}")
    @CsvSource({
        "a.example.com, b.example.com",
        "a.example.com, a.example.com.evil",
        "a.example.com, example.com",
        "example.com, a.example.com",
        "*.example.com, example.com",
        "*.example.com, a.b.example.com",
        "*.example.com, .example.com",
        "*.com, example.com",
        "*., example.",
        "*, localhost",
        "*.*.example.com, a.b.example.com",
        "a*.example.com, ab.example.com",
        "*a.example.com, ba.example.com",
        "a.*.example.com, a.b.example.com",
        "*.example.com, *.example.com.evil",
        "127.0.0.1, 127.0.0.2",
        "::1, ::2",
        "127.0.0.1, ::ffff:127.0.0.2",
        "a.example.com, 127.0.0.1",
        "127.0.0.1, a.example.com",
    })
    void anotherNameIsRefusedAndBothAreTold(String certified, String asked) throws Exception {
        var certificate = certificate("CN=" + asked, certified); // the subject says nothing

        assertThatThrownBy(() -> ServerName.check(certificate, asked)).isInstanceOf(CertificateException.class);
    }

    @Test
    void anAddressWrittenAsANameIsNone() throws Exception {
        var certificate = certificate("CN=x", new GeneralName(GeneralName.dNSName, "127.0.0.1"));

        assertThatThrownBy(() -> ServerName.check(certificate, "127.0.0.1"))
                .isInstanceOf(CertificateException.class)
                .hasMessage("the server's certificate is for 127.0.0.1, and not for 127.0.0.1");
    }

    @Test
    void aUriIsNoNameAndNorIsTheSubject() throws Exception {
        var uri = certificate(
                "CN=a.example", new GeneralName(GeneralName.uniformResourceIdentifier, "https://a.example/"));
        var nothing = certificate("CN=a.example", new GeneralName[0]);

        assertThatThrownBy(() -> ServerName.check(uri, "a.example")).hasMessageContaining("not for a.example");
        assertThatThrownBy(() -> ServerName.check(nothing, "a.example")).hasMessageContaining("for no name");
    }

    @Test
    void oneOfManyIsEnough() throws Exception {
        var certificate = certificate("CN=x", "a.example", "10.0.0.1", "b.example");

        assertThatCode(() -> ServerName.check(certificate, "b.example")).doesNotThrowAnyException();
        assertThatCode(() -> ServerName.check(certificate, "10.0.0.1")).doesNotThrowAnyException();
    }

    @Test
    void whatAStrangerWroteDoesNotReachTheLogAsItIs() throws Exception {
        var certificate = certificate("CN=x", new GeneralName(GeneralName.dNSName, "a.example\0\n.evil"));

        assertThatThrownBy(() -> ServerName.check(certificate, "a.example"))
                .hasMessageContaining("for a.example??.evil,");
    }

    @Test
    void withoutANameNothingPasses() throws Exception {
        var certificate = certificate("CN=x", "a.example");

        assertThatThrownBy(() -> ServerName.check(certificate, null)).isInstanceOf(CertificateException.class);
        assertThatThrownBy(() -> ServerName.check(certificate, "")).isInstanceOf(CertificateException.class);
        assertThatThrownBy(() -> ServerName.check(certificate, "not a name")).hasMessageContaining("no host name");
    }

    private static X509Certificate certificate(String subject, String... names) throws Exception {
        return certificate(
                subject,
                Arrays.stream(names)
                        .map(name -> new GeneralName(
                                name.matches("[0-9.]+|.*:.*") ? GeneralName.iPAddress : GeneralName.dNSName, name))
                        .toArray(GeneralName[]::new));
    }

    private static X509Certificate certificate(String subject, GeneralName... names) throws Exception {
        var name = new X500Name(subject.replaceAll("[^A-Za-z0-9=.]", "-"));
        var now = Instant.now();
        var builder = new JcaX509v3CertificateBuilder(
                name, BigInteger.ONE, Date.from(now), Date.from(now.plusSeconds(60)), name, pair.getPublic());
        if (names.length > 0) {
            builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names));
        }
        return new JcaX509CertificateConverter()
                .getCertificate(builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate())));
    }
}
