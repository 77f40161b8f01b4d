package dev.outrigger.xds;

import java.math.BigInteger;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/// A certificate authority with a P-256 key.
record TestAuthority(KeyPair keys, X509Certificate certificate) {
    private static final AtomicLong SERIALS = new AtomicLong();

    static TestAuthority create(String name) throws Exception {
        var keys = newKeys();
        return new TestAuthority(keys, sign(keys, name, keys, name, true));
    }

    String pem() throws Exception {
        return "-----BEGIN CERTIFICATE-----\n"
                + Base64.getMimeEncoder().encodeToString(certificate.getEncoded())
                + "\n-----END CERTIFICATE-----\n";
    }

    /// A fresh key with a certificate for a DNS name.
    ClientIdentity identity(String dnsName) throws Exception {
        var leaf = newKeys();
        var issuer = certificate.getSubjectX500Principal().getName().substring(3);
        return new ClientIdentity(
                leaf.getPrivate(), List.of(sign(leaf, dnsName, keys, issuer, false)), List.of(certificate));
    }

    /// A certificate for a DNS name with one flaw.
    ClientIdentity flawed(String dnsName, Flaw flaw) throws Exception {
        var issuer = certificate.getSubjectX500Principal().getName().substring(3);
        var leaf = newKeys();
        if (flaw == Flaw.ISSUED_BY_A_LEAF) {
            var between = newKeys();
            return new ClientIdentity(
                    leaf.getPrivate(),
                    List.of(
                            sign(leaf, dnsName, between, "between", false),
                            sign(between, "between", keys, issuer, false)),
                    List.of(certificate));
        }
        var now = Instant.now();
        var start = flaw == Flaw.NOT_YET_VALID ? now.plus(Duration.ofHours(1)) : now.minus(Duration.ofHours(2));
        var end = flaw == Flaw.EXPIRED ? now.minus(Duration.ofHours(1)) : now.plus(Duration.ofHours(2));
        var builder = builder(leaf, dnsName, issuer, start, end)
                .addExtension(Extension.basicConstraints, true, new BasicConstraints(false))
                .addExtension(Extension.subjectAlternativeName, false, dns(dnsName));
        if (flaw == Flaw.FOR_CLIENTS_ONLY) {
            builder.addExtension(Extension.extendedKeyUsage, true, new ExtendedKeyUsage(KeyPurposeId.id_kp_clientAuth));
        }
        if (flaw == Flaw.UNKNOWN_CRITICAL_EXTENSION) {
            builder.addExtension(new ASN1ObjectIdentifier("1.3.6.1.4.1.99999.1"), true, new byte[] {5, 0});
        }
        return new ClientIdentity(leaf.getPrivate(), List.of(certificate(builder, keys)), List.of(certificate));
    }

    /// Why a certificate must not be trusted.
    enum Flaw {
        EXPIRED,
        NOT_YET_VALID,
        FOR_CLIENTS_ONLY,
        UNKNOWN_CRITICAL_EXTENSION,
        ISSUED_BY_A_LEAF
    }

    private static KeyPair newKeys() throws Exception {
        var generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(256);
        return generator.generateKeyPair();
    }

    private static X509Certificate sign(KeyPair subject, String name, KeyPair issuer, String issuerName, boolean ca)
            throws Exception {
        var now = Instant.now();
        var builder =
                builder(subject, name, issuerName, now.minus(Duration.ofMinutes(5)), now.plus(Duration.ofHours(1)));
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(ca));
        if (!ca) {
            builder.addExtension(Extension.subjectAlternativeName, false, dns(name));
        }
        return certificate(builder, issuer);
    }

    private static GeneralNames dns(String name) {
        return new GeneralNames(new GeneralName(GeneralName.dNSName, name));
    }

    private static X509v3CertificateBuilder builder(
            KeyPair subject, String name, String issuerName, Instant start, Instant end) {
        return new JcaX509v3CertificateBuilder(
                new X500Name("CN=" + issuerName),
                BigInteger.valueOf(SERIALS.incrementAndGet()),
                Date.from(start),
                Date.from(end),
                new X500Name("CN=" + name),
                subject.getPublic());
    }

    private static X509Certificate certificate(X509v3CertificateBuilder builder, KeyPair issuer) throws Exception {
        var signer = new JcaContentSignerBuilder("SHA256withECDSA").build(issuer.getPrivate());
        return new JcaX509CertificateConverter().getCertificate(builder.build(signer));
    }
}
