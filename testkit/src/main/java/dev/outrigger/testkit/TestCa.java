package dev.outrigger.testkit;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/// A certificate authority for tests: EC P-256, no files, issues whatever it is asked for.
public final class TestCa {
    private static final AtomicLong SERIALS = new AtomicLong(1);
    private static final Duration SKEW = Duration.ofMinutes(1);
    private static final Duration CA_LIFETIME = Duration.ofDays(1);

    private final PrivateKey key;
    private final X509Certificate certificate;
    private final List<X509Certificate> intermediates;
    private final X509Certificate root;

    private TestCa(
            PrivateKey key, X509Certificate certificate, List<X509Certificate> intermediates, X509Certificate root) {
        this.key = key;
        this.certificate = certificate;
        this.intermediates = List.copyOf(intermediates);
        this.root = root;
    }

    /// What {@link #issue} returns.
    ///
    /// @param key the private key of the leaf
    /// @param chain the leaf first, then the intermediates; without the root
    /// @param root the root that the chain ends at
    public record Issued(PrivateKey key, List<X509Certificate> chain, X509Certificate root) {
        /// Copies the chain.
        public Issued {
            chain = List.copyOf(chain);
        }

        /// The certificate of {@link #key}.
        public X509Certificate leaf() {
            return chain.getFirst();
        }

        /// The chain as PEM, leaf first.
        public String chainPem() {
            var pem = new StringBuilder();
            chain.forEach(certificate -> pem.append(TestCa.pem(certificate)));
            return pem.toString();
        }

        /// The key as PKCS#8 PEM.
        public String keyPem() {
            return TestCa.pem("PRIVATE KEY", key.getEncoded());
        }

        /// The root as PEM.
        public String rootPem() {
            return TestCa.pem(root);
        }
    }

    /// A new self-signed root.
    ///
    /// @param name its common name; may repeat, the keys always differ
    public static TestCa create(String name) {
        try {
            var pair = newKeyPair();
            var subject = new X500Name("CN=" + name);
            var root = sign(authority(subject, subject, pair.getPublic()), pair.getPrivate());
            return new TestCa(pair.getPrivate(), root, List.of(), root);
        } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
            throw new IllegalStateException("cannot create test root " + name, e);
        }
    }

    /// An authority below this one, whose chains carry its own certificate too.
    ///
    /// @param name its common name
    public TestCa intermediate(String name) {
        try {
            var pair = newKeyPair();
            var issued = sign(authority(issuer(), new X500Name("CN=" + name), pair.getPublic()), key);
            var chain = new ArrayList<>(List.of(issued));
            chain.addAll(intermediates);
            return new TestCa(pair.getPrivate(), issued, chain, root);
        } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
            throw new IllegalStateException("cannot create intermediate " + name, e);
        }
    }

    /// A leaf for client and server use with a fresh key.
    ///
    /// @param name a SPIFFE ID (`spiffe://…`, becomes the only URI SAN) or a DNS name (becomes a DNS SAN)
    /// @param lifetime from now; negative for one that has expired
    public Issued issue(String name, Duration lifetime) {
        var end = now().plus(lifetime);
        return issue(name, lifetime.isNegative() ? end.minus(CA_LIFETIME) : now().minus(SKEW), end);
    }

    /// As {@link #issue(String, Duration)}, valid between two times.
    public Issued issue(String name, Instant start, Instant end) {
        try {
            var pair = newKeyPair();
            var leaf = sign(leaf(name, start, end, pair.getPublic()), key);
            var chain = new ArrayList<>(List.of(leaf));
            chain.addAll(intermediates);
            return new Issued(pair.getPrivate(), chain, root);
        } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
            throw new IllegalStateException("cannot issue " + name, e);
        }
    }

    /// Certifies a key that somebody else made.
    ///
    /// @param name as in {@link #issue(String, Duration)}
    /// @return the leaf first, then the intermediates; without the root
    public List<X509Certificate> certify(PublicKey publicKey, String name, Instant start, Instant end) {
        try {
            var chain = new ArrayList<>(List.of(sign(leaf(name, start, end, publicKey), key)));
            chain.addAll(intermediates);
            return List.copyOf(chain);
        } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
            throw new IllegalStateException("cannot certify " + name, e);
        }
    }

    /// As above, valid from a minute ago on.
    public List<X509Certificate> certify(PublicKey publicKey, String name, Duration lifetime) {
        return certify(publicKey, name, now().minus(SKEW), now().plus(lifetime));
    }

    /// Another certificate of this authority's name and key, issued by its parent.
    ///
    /// @param name the one this authority was made with
    public X509Certificate renewed(TestCa parent, String name) {
        try {
            return sign(authority(parent.issuer(), new X500Name("CN=" + name), certificate.getPublicKey()), parent.key);
        } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
            throw new IllegalStateException("cannot renew " + name, e);
        }
    }

    /// Certificates as PEM.
    public static String pem(List<X509Certificate> certificates) {
        var pem = new StringBuilder();
        certificates.forEach(certificate -> pem.append(pem(certificate)));
        return pem.toString();
    }

    /// The root certificate.
    public X509Certificate root() {
        return root;
    }

    /// The root certificate as PEM.
    public String rootPem() {
        return pem(root);
    }

    private X500Name issuer() {
        return new X500Name(certificate.getSubjectX500Principal().getName());
    }

    private X509v3CertificateBuilder leaf(String name, Instant start, Instant end, PublicKey publicKey)
            throws IOException {
        var kind = name.startsWith("spiffe://") ? GeneralName.uniformResourceIdentifier : GeneralName.dNSName;
        return builder(issuer(), new X500Name("O=test"), start, end, publicKey)
                .addExtension(Extension.basicConstraints, true, new BasicConstraints(false))
                .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature))
                .addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(new KeyPurposeId[] {
                    KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth
                }))
                .addExtension(Extension.subjectAlternativeName, false, new GeneralNames(new GeneralName(kind, name)));
    }

    private static X509v3CertificateBuilder authority(X500Name issuer, X500Name subject, PublicKey publicKey)
            throws IOException {
        return builder(issuer, subject, now().minus(SKEW), now().plus(CA_LIFETIME), publicKey)
                .addExtension(Extension.basicConstraints, true, new BasicConstraints(true))
                .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
    }

    private static X509v3CertificateBuilder builder(
            X500Name issuer, X500Name subject, Instant start, Instant end, PublicKey publicKey) {
        return new JcaX509v3CertificateBuilder(
                issuer,
                BigInteger.valueOf(SERIALS.getAndIncrement()),
                Date.from(start),
                Date.from(end),
                subject,
                publicKey);
    }

    private static X509Certificate sign(X509v3CertificateBuilder builder, PrivateKey key)
            throws OperatorCreationException, IOException, GeneralSecurityException {
        var der = builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(key))
                .getEncoded();
        return (X509Certificate)
                CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
    }

    private static KeyPair newKeyPair() throws GeneralSecurityException {
        var generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    private static Instant now() {
        return InstantSource.system().instant();
    }

    private static String pem(X509Certificate certificate) {
        try {
            return pem("CERTIFICATE", certificate.getEncoded());
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException("a parsed certificate has an encoding", e);
        }
    }

    private static String pem(String label, byte[] der) {
        var body = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
                .encodeToString(der);
        return "-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n";
    }
}
