package dev.outrigger.sds;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.google.protobuf.ByteString;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The judge is the full verification.
class RenewalTest {
    private static final String ID = "spiffe://test.example/a";
    private static final Instant NOW = Instant.parse("2026-05-01T12:00:00Z");
    private static final Duration HOUR = Duration.ofHours(1);
    private static final KeyPair ROOT_KEY = pair("secp256r1");
    private static final KeyPair MIDDLE_KEY = pair("secp384r1");
    private static final KeyPair LEAF_KEY = pair("secp256r1");
    private static final KeyPair NEXT_KEY = pair("secp256r1");

    private final SvidVerifier verifier = new SvidVerifier(() -> NOW, Optional.empty());

    /// What an authority puts into a certificate.
    static final class Request {
        KeyPair key = NEXT_KEY;
        PrivateKey signer = ROOT_KEY.getPrivate();
        String algorithm = "SHA256withECDSA";
        String issuer = "CN=root";
        String subject = "C=US,O=SPIRE";
        BigInteger serial = BigInteger.TWO;
        Instant from = NOW.minus(HOUR);
        Instant to = NOW.plus(HOUR);
        String id = ID;
        boolean isAuthority;
        int usage = KeyUsage.digitalSignature;
        boolean hasIdentifier = true;
        byte @Nullable [] identifier;

        @Nullable
        String extra;

        boolean isExtraCritical;

        X509Certificate certificate() throws Exception {
            var builder = new JcaX509v3CertificateBuilder(
                    new X500Name(issuer),
                    serial,
                    Date.from(from),
                    Date.from(to),
                    new X500Name(subject),
                    key.getPublic());
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(usage));
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(isAuthority));
            if (identifier != null) {
                builder.addExtension(Extension.subjectKeyIdentifier, false, new DEROctetString(identifier));
            } else if (hasIdentifier) {
                builder.addExtension(
                        Extension.subjectKeyIdentifier,
                        false,
                        new JcaX509ExtensionUtils().createSubjectKeyIdentifier(key.getPublic()));
            }
            if (!isAuthority) {
                var name = new GeneralName(GeneralName.uniformResourceIdentifier, id);
                builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(name));
            }
            if (extra != null) {
                builder.addExtension(
                        new ASN1ObjectIdentifier("1.2.3.4.5"),
                        isExtraCritical,
                        new DEROctetString(extra.getBytes(StandardCharsets.US_ASCII)));
            }
            return new JcaX509CertificateConverter()
                    .getCertificate(builder.build(new JcaContentSignerBuilder(algorithm).build(signer)));
        }
    }

    /// An authority, the SVID that was verified, and what is known of its renewals.
    private final class Case {
        final X509Certificate root;
        final List<X509Certificate> intermediates;
        final Renewal renewal;

        Case(boolean hasIntermediate) throws Exception {
            this(hasIntermediate, _ -> {});
        }

        Case(boolean hasIntermediate, Consumer<Request> of) throws Exception {
            root = authority("CN=root", ROOT_KEY, "CN=root", ROOT_KEY);
            intermediates =
                    hasIntermediate ? List.of(authority("CN=middle", MIDDLE_KEY, "CN=root", ROOT_KEY)) : List.of();
            var first = leaf(request -> {
                request.key = LEAF_KEY;
                request.serial = BigInteger.ONE;
                of.accept(request);
            });
            var chain = chain(first);
            var verified = verifier.verified("SVID", LEAF_KEY.getPrivate(), chain, List.of(root), Map.of());
            renewal = requireNonNull(Renewal.of(verified.identity(), Pem.joined(chain), verified.root()));
        }

        X509Certificate leaf(Consumer<Request> bend) throws Exception {
            var request = new Request();
            if (!intermediates.isEmpty()) {
                request.issuer = "CN=middle";
                request.signer = MIDDLE_KEY.getPrivate();
            }
            bend.accept(request);
            return request.certificate();
        }

        List<X509Certificate> chain(X509Certificate first) {
            var chain = new ArrayList<X509Certificate>();
            chain.add(first);
            chain.addAll(intermediates);
            return chain;
        }

        @Nullable
        Identity renewed(Consumer<Request> bend) throws Exception {
            var key = new KeyPair[1];
            var leaf = leaf(request -> {
                bend.accept(request);
                key[0] = request.key;
            });
            return renewed(Pem.joined(chain(leaf)), key[0].getPrivate(), NOW);
        }

        @Nullable
        Identity renewed(byte[] sent, PrivateKey key, Instant now) {
            return renewal.renewed(sent, key.getEncoded(), List.of(root), Map.of(), now);
        }

        /// By the full verification.
        Identity judged(byte[] sent, PrivateKey key) throws RefusedSvidException {
            var chain = BundleReader.certificates("it", ByteString.copyFrom(sent));
            return verifier.verify("SVID", key, chain, List.of(root), Map.of());
        }
    }

    private static X509Certificate authority(String name, KeyPair key, String issuer, KeyPair by) throws Exception {
        var request = new Request();
        request.subject = name;
        request.key = key;
        request.issuer = issuer;
        request.signer = by.getPrivate();
        request.isAuthority = true;
        request.usage = KeyUsage.keyCertSign;
        request.from = NOW.minus(Duration.ofDays(1));
        request.to = NOW.plus(Duration.ofDays(1));
        return request.certificate();
    }

    /// Of a certificate.
    record Change(String name, Consumer<Request> bend) {
        @Override
        public String toString() {
            return name;
        }
    }

    /// What a renewal changes.
    static List<Change> renewals() {
        return List.of(
                new Change("nothing", _ -> {}),
                new Change("longer serial", request -> request.serial = BigInteger.ONE.shiftLeft(150)),
                new Change("serial with a zero in front", request -> request.serial = BigInteger.valueOf(200)),
                new Change("negative serial", request -> request.serial = BigInteger.valueOf(-200)),
                new Change("times", request -> {
                    request.from = NOW.minusSeconds(1);
                    request.to = NOW.plusSeconds(1);
                }),
                new Change("from now on", request -> request.from = NOW),
                new Change(
                        "identifier",
                        request -> request.identifier = HexFormat.of().parseHex("17".repeat(20))),
                new Change("the same key", request -> request.key = LEAF_KEY));
    }

    @ParameterizedTest
    @MethodSource("renewals")
    void aRenewalIsTakenAsTheFullVerificationTakesIt(Change renewal) throws Exception {
        for (var hasIntermediate : List.of(true, false)) {
            var one = new Case(hasIntermediate);
            var request = new Request();
            renewal.bend.accept(request);
            var leaf = one.leaf(renewal.bend);
            var sent = Pem.joined(one.chain(leaf));

            var identity = one.renewed(sent, request.key.getPrivate(), NOW);

            assertThat(identity).isEqualTo(one.judged(sent, request.key.getPrivate()));
            assertThat(requireNonNull(identity).chain()).isEqualTo(one.chain(leaf));
            assertThat(identity.chainPem()).isEqualTo(Pem.certificates(one.chain(leaf)));
            assertThat(identity.expiresAt()).isEqualTo(leaf.getNotAfter().toInstant());
        }
    }

    /// What is no renewal, good or bad.
    static List<Change> others() {
        return List.of(
                new Change("another id", request -> request.id = "spiffe://test.example/b"),
                new Change("another subject", request -> request.subject = "CN=b"),
                new Change("another issuer", request -> request.issuer = "CN=other"),
                new Change("another usage", request -> request.usage = KeyUsage.keyCertSign),
                new Change("an authority", request -> request.isAuthority = true),
                new Change("another algorithm", request -> request.algorithm = "SHA384withECDSA"),
                new Change("another curve", request -> request.key = MIDDLE_KEY),
                new Change("rsa", request -> request.key = rsa()),
                new Change("another extension", request -> request.extra = "x"),
                new Change("a critical extension", request -> {
                    request.extra = "x";
                    request.isExtraCritical = true;
                }),
                new Change("no identifier", request -> request.hasIdentifier = false),
                new Change("a short identifier", request -> request.identifier = new byte[] {1}),
                new Change("not yet valid", request -> request.from = NOW.plusSeconds(1)),
                new Change("expired", request -> request.to = NOW),
                new Change("a long serial", request -> request.serial = BigInteger.ONE.shiftLeft(160)),
                new Change("another signer", request -> request.signer = LEAF_KEY.getPrivate()));
    }

    @ParameterizedTest
    @MethodSource("others")
    void whateverElseChangesIsLeftToTheFullVerification(Change other) throws Exception {
        assertThat(new Case(true).renewed(other.bend)).isNull();
        assertThat(new Case(false).renewed(other.bend)).isNull();
    }

    @Test
    void theKeyOfAnotherCertificateIsNotTaken() throws Exception {
        var one = new Case(true);
        var sent = Pem.joined(one.chain(one.leaf(_ -> {})));

        assertThat(one.renewed(sent, NEXT_KEY.getPrivate(), NOW)).isNotNull();
        assertThat(one.renewed(sent, LEAF_KEY.getPrivate(), NOW)).isNull();
        assertThat(one.renewed(sent, MIDDLE_KEY.getPrivate(), NOW)).isNull();
        assertThat(one.renewed(sent, rsa().getPrivate(), NOW)).isNull();
    }

    @Test
    void anotherChainOrBundleIsLeftToTheFullVerification() throws Exception {
        var one = new Case(true);
        var leaf = one.leaf(_ -> {});
        var key = NEXT_KEY.getPrivate();
        var sent = Pem.joined(one.chain(leaf));
        var again = authority("CN=root", ROOT_KEY, "CN=root", ROOT_KEY); // another signature

        assertThat(one.renewed(Pem.der(leaf), key, NOW)).isNull();
        assertThat(one.renewed(Pem.joined(List.of(leaf, one.root)), key, NOW)).isNull();
        assertThat(one.renewed(Arrays.copyOf(sent, sent.length + 1), key, NOW)).isNull();
        assertThat(one.renewal.renewed(sent, key.getEncoded(), List.of(again), Map.of(), NOW))
                .isNull();
        assertThat(one.renewal.renewed(sent, key.getEncoded(), List.of(one.root, again), Map.of(), NOW))
                .isNull();
        assertThat(one.renewed(new byte[0], key, NOW)).isNull();
    }

    @Test
    void issuersThatAreOverAreLeftToTheFullVerification() throws Exception {
        var end = NOW.plus(Duration.ofDays(1));
        for (var hasIntermediate : List.of(true, false)) {
            var one = new Case(hasIntermediate);
            var sent = Pem.joined(one.chain(one.leaf(request -> request.to = end.plus(HOUR))));

            assertThat(one.renewed(sent, NEXT_KEY.getPrivate(), end.minusSeconds(1)))
                    .isNotNull();
            assertThat(one.renewed(sent, NEXT_KEY.getPrivate(), end)).isNull();
        }
    }

    @Test
    void theChainEndsWithItsFirstCertificateThatDoes() throws Exception {
        var one = new Case(true);

        var identity = one.renewed(request -> request.to = NOW.plus(Duration.ofDays(2)));

        assertThat(requireNonNull(identity).expiresAt()).isEqualTo(NOW.plus(Duration.ofDays(1)));
    }

    @Test
    void thereIsNoneOfChainsThatWereNotSentAsTheyAreNorOfRsa() throws Exception {
        var one = new Case(true);
        var leaf = one.leaf(_ -> {});
        var chain = one.chain(leaf);
        var verified = verifier.verified("SVID", NEXT_KEY.getPrivate(), chain, List.of(one.root), Map.of());
        var withRoot = new ArrayList<>(chain);
        withRoot.add(one.root);
        var rsa = rsa();
        var other = one.chain(one.leaf(request -> request.key = rsa));
        var ofRsa = verifier.verified("SVID", rsa.getPrivate(), other, List.of(one.root), Map.of());

        assertThat(Renewal.of(verified.identity(), Pem.joined(chain), verified.root()))
                .isNotNull();
        assertThat(Renewal.of(verified.identity(), Pem.joined(withRoot), verified.root()))
                .isNull();
        assertThat(Renewal.of(verified.identity(), Pem.joined(chain.reversed()), verified.root()))
                .isNull();
        assertThat(Renewal.of(ofRsa.identity(), Pem.joined(other), ofRsa.root()))
                .isNull();
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void damageIsNeverTaken(long seed) throws Exception {
        var random = new Random(seed);
        var one = new Case(random.nextBoolean());
        var good = Pem.joined(one.chain(one.leaf(_ -> {})));
        var key = NEXT_KEY.getPrivate();
        for (var run = 0; run < 400; run++) {
            var bent = Corruption.of(good, random);
            if (Arrays.equals(bent, good)) {
                continue;
            }

            assertThat(one.renewed(bent, key, NOW)).as("run %s", run).isNull();
        }
    }

    /// Damage that the authority signed, so that nothing but the looks at its parts can stop it.
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void whatIsTakenIsTakenByTheFullVerificationToo(long seed) throws Exception {
        var random = new Random(seed);
        var one = new Case(false);
        var good = requireNonNull(one.leaf(_ -> {}));
        var key = NEXT_KEY.getPrivate();
        var taken = 0;
        for (var run = 0; run < 400; run++) {
            var body = good.getTBSCertificate();
            body[random.nextInt(body.length)] ^= (byte) (1 << random.nextInt(8));
            var sent = signed(good, body);

            var identity = one.renewed(sent, key, NOW);

            if (identity != null) {
                assertThat(identity).as("run %s", run).isEqualTo(one.judged(sent, key));
                assertThatCode(identity::chain).doesNotThrowAnyException();
                taken++;
            }
        }
        assertThat(taken).isPositive(); // serial numbers, times, identifiers
    }

    @Test
    void timesAreTheCertificates() throws Exception {
        for (var to : List.of("2049-12-31T23:59:59Z", "2050-01-01T00:00:00Z", "9999-12-31T23:59:59Z")) {
            var request = new Request();
            request.from = Instant.parse("1950-01-01T00:00:00Z");
            request.to = Instant.parse(to);
            var certificate = request.certificate();

            var layout = requireNonNull(CertificateLayout.of(Pem.der(certificate)));

            assertThat(layout.notBefore()).isEqualTo(certificate.getNotBefore().toInstant());
            assertThat(layout.notAfter())
                    .isEqualTo(certificate.getNotAfter().toInstant())
                    .isEqualTo(Instant.parse(to));
        }
    }

    /// The body with the algorithm of the other certificate and a signature of the root.
    private static byte[] signed(X509Certificate other, byte[] body) throws GeneralSecurityException {
        var signature = Signature.getInstance("SHA256withECDSA");
        signature.initSign(ROOT_KEY.getPrivate());
        signature.update(body);
        var bits = signature.sign();
        var der = Pem.der(other);
        var bodyEnd = 4 + body.length;
        var algorithm = Arrays.copyOfRange(der, bodyEnd, bodyEnd + 2 + der[bodyEnd + 1]);
        var length = body.length + algorithm.length + 3 + bits.length;
        var out = ByteBuffer.allocate(4 + length);
        out.put((byte) 0x30).put((byte) 0x82).putShort((short) length).put(body).put(algorithm);
        out.put((byte) 3).put((byte) (bits.length + 1)).put((byte) 0).put(bits);
        return out.array();
    }

    private static KeyPair rsa() {
        try {
            return KeyType.RSA_2048.generate();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static KeyPair pair(String curve) {
        try {
            return EllipticCurves.generate(curve);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
