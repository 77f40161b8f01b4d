package dev.outrigger.sds;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringReader;
import java.security.KeyFactory;
import java.security.spec.X509EncodedKeySpec;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.operator.DefaultAlgorithmNameFinder;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CertificateRequestTest {
    private static final String ID = "spiffe://example.org/ns/a/sa/b";

    @ParameterizedTest
    @CsvSource({"ECDSA_P256,EC,SHA256WITHECDSA", "ECDSA_P384,EC,SHA384WITHECDSA", "RSA_2048,RSA,SHA256WITHRSA"})
    void aLibraryReadsItAsItIsMeant(KeyType type, String keys, String signature) throws Exception {
        var made = CertificateRequest.of(ID, type);
        PKCS10CertificationRequest read;
        try (var pem = new PEMParser(new StringReader(made.pem()))) {
            read = (PKCS10CertificationRequest) pem.readObject();
        }

        assertThat(read.getSubject().getRDNs()).isEmpty();
        var extensions = read.getRequestedExtensions();
        assertThat(extensions.getCriticalExtensionOIDs()).containsExactly(Extension.subjectAlternativeName);
        assertThat(extensions.getNonCriticalExtensionOIDs()).isEmpty();
        assertThat(GeneralNames.fromExtensions(extensions, Extension.subjectAlternativeName)
                        .getNames())
                .containsExactly(new GeneralName(GeneralName.uniformResourceIdentifier, ID));
        assertThat(new DefaultAlgorithmNameFinder().getAlgorithmName(read.getSignatureAlgorithm()))
                .isEqualTo(signature);
        var key = KeyFactory.getInstance(keys)
                .generatePublic(
                        new X509EncodedKeySpec(read.getSubjectPublicKeyInfo().getEncoded()));
        assertThat(read.isSignatureValid(new JcaContentVerifierProviderBuilder().build(key)))
                .isTrue();
        assertThat(KeyFit.fits(made.key(), key)).isTrue();
    }
}
