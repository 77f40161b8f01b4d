package dev.outrigger.dev;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.outrigger.proto.ca.IstioCertificateRequest;
import dev.outrigger.proto.ca.IstioCertificateServiceGrpc;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import java.io.ByteArrayInputStream;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Over the wire.
class CertificateServiceTest {
    private static final String ID = "spiffe://dev.outrigger/hello";

    private ControlPlane controlPlane;
    private ManagedChannel channel;
    private KeyPair pair;

    @BeforeEach
    void start() throws Exception {
        controlPlane = ControlPlane.start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                DevFile.parse("dev.yaml", "resources: {}"),
                new Heard(),
                InstantSource.system());
        channel = NettyChannelBuilder.forAddress(controlPlane.address())
                .usePlaintext()
                .build();
        pair = KeyPairGenerator.getInstance("EC").generateKeyPair();
    }

    @AfterEach
    void stop() {
        channel.shutdownNow();
        controlPlane.close();
    }

    @Test
    void whoAsksForASpiffeIdGetsACertificateForItsKey() throws Exception {
        var chain = sign(request(pair, pair, ID));

        assertThat(chain).hasSize(2);
        var leaf = certificate(chain.getFirst());
        var root = certificate(chain.getLast());
        leaf.verify(root.getPublicKey());
        assertThat(leaf.getPublicKey()).isEqualTo(pair.getPublic());
        assertThat(leaf.getSubjectAlternativeNames()).containsExactly(List.of(6, ID));
    }

    @Test
    void whatIsNoSuchRequestIsRefusedWithItsReason() throws Exception {
        var other = KeyPairGenerator.getInstance("EC").generateKeyPair();

        assertRefused("hello", "no PKCS#10");
        assertRefused(request(pair, other, ID), "not signed by its own key");
        assertRefused(request(pair, pair, ""), "one URI");
        assertRefused(request(pair, pair, "https://example.com/"), "SPIFFE ID");
    }

    private void assertRefused(String request, String reason) {
        assertThatThrownBy(() -> sign(request)).isInstanceOfSatisfying(StatusRuntimeException.class, e -> {
            assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
            assertThat(e.getStatus().getDescription()).contains(reason);
        });
    }

    private List<String> sign(String request) {
        return IstioCertificateServiceGrpc.newBlockingStub(channel)
                .createCertificate(IstioCertificateRequest.newBuilder()
                        .setCsr(request)
                        .setValidityDuration(3600)
                        .build())
                .getCertChainList();
    }

    private static String request(KeyPair of, KeyPair signer, String id) throws Exception {
        var builder = new JcaPKCS10CertificationRequestBuilder(new X500Name("CN=x"), of.getPublic());
        if (!id.isEmpty()) {
            var extensions = new ExtensionsGenerator();
            extensions.addExtension(
                    Extension.subjectAlternativeName,
                    true,
                    new GeneralNames(new GeneralName(GeneralName.uniformResourceIdentifier, id)));
            builder.addAttribute(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest, extensions.generate());
        }
        var text = new StringWriter();
        try (var writer = new JcaPEMWriter(text)) {
            writer.writeObject(
                    builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(signer.getPrivate())));
        }
        return text.toString();
    }

    private static X509Certificate certificate(String pem) throws Exception {
        return (X509Certificate) CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII)));
    }
}
