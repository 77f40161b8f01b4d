package dev.outrigger.sds;

import io.spiffe.exception.InvalidSpiffeIdException;
import io.spiffe.spiffeid.SpiffeId;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;

/// A self-signed root (EC P-256, ten years) and what it signs. Immutable.
///
/// @param key signs; its record never prints it
/// @param certificate self-signed
public record DevRoot(PrivateKey key, X509Certificate certificate) {
    private static final X500Name ROOT_NAME = new X500Name("O=Outrigger,CN=Outrigger development CA");
    private static final X500Name LEAF_NAME = new X500Name("O=Outrigger");
    private static final Duration ROOT_LIFETIME = Duration.ofDays(3650);
    /// Peers whose clock is behind ours by up to this still accept a fresh certificate.
    private static final Duration SKEW = Duration.ofMinutes(1);
    private static final int SERIAL_BYTES = 16;

    /// The root of the directory, made there first if it has none; without a directory a new one in memory.
    static DevRoot open(Optional<Path> dir, InstantSource clock) throws IOException {
        return dir.isPresent() ? new DevRootFile(dir.get()).openOrCreate(clock) : create(clock.instant());
    }

    /// A new one in memory.
    public static DevRoot create(Instant now) throws IOException {
        try {
            var pair = KeyType.ECDSA_P256.generate();
            var builder = builder(ROOT_NAME, ROOT_NAME, now, now.plus(ROOT_LIFETIME), pair.getPublic())
                    .addExtension(Extension.basicConstraints, true, new BasicConstraints(true))
                    .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign))
                    .addExtension(
                            Extension.subjectKeyIdentifier,
                            false,
                            new JcaX509ExtensionUtils().createSubjectKeyIdentifier(pair.getPublic()));
            return new DevRoot(pair.getPrivate(), sign(builder, pair.getPrivate()));
        } catch (GeneralSecurityException e) {
            throw new IOException("cannot make a development root: " + e.getMessage(), e);
        }
    }

    /// @throws IOException when it is not a SPIFFE ID with a path
    public static void checkSpiffeId(String spiffeId) throws IOException {
        try {
            if (!SpiffeId.parse(spiffeId).getPath().isEmpty()) {
                return;
            }
        } catch (InvalidSpiffeIdException | IllegalArgumentException e) {
            throw new IOException(notAnId(spiffeId) + " (" + e.getMessage() + ")", e);
        }
        throw new IOException(notAnId(spiffeId));
    }

    private static String notAnId(String spiffeId) {
        return "development CA: '" + spiffeId
                + "' is not the SPIFFE ID of a workload; write spiffe://trust-domain/path";
    }

    /// A fresh key with a certificate for one SPIFFE ID.
    ///
    /// @param lifetime from `now`, rounded up to a whole second, cut at the root's end
    /// @throws IOException when the root has expired
    Identity issue(String spiffeId, Instant now, Duration lifetime) throws IOException, GeneralSecurityException {
        var pair = KeyType.ECDSA_P256.generate();
        var leaf = certify(spiffeId, now, lifetime, pair.getPublic());
        return Identity.of(spiffeId, pair.getPrivate(), List.of(leaf), List.of(certificate), Map.of());
    }

    /// A certificate for one SPIFFE ID and a key that somebody else has.
    ///
    /// @param lifetime from `now`, rounded up to a whole second, cut at the root's end
    /// @throws IOException when the root has expired
    public X509Certificate certify(String spiffeId, Instant now, Duration lifetime, PublicKey publicKey)
            throws IOException, GeneralSecurityException {
        return sign(leaf(spiffeId, now, end(now, lifetime), publicKey), key);
    }

    private Instant end(Instant now, Duration lifetime) throws IOException {
        var rootEnd = certificate.getNotAfter().toInstant();
        if (!now.isBefore(rootEnd)) {
            throw new IOException("the development root expired " + rootEnd
                    + "; delete its file, if it has one, and start again to get a new one");
        }
        if (lifetime.compareTo(Duration.between(now, rootEnd).minusSeconds(1)) > 0) {
            return rootEnd;
        }
        return now.plus(lifetime).plusMillis(999).truncatedTo(ChronoUnit.SECONDS);
    }

    private X509v3CertificateBuilder leaf(String spiffeId, Instant now, Instant end, PublicKey publicKey)
            throws IOException, GeneralSecurityException {
        var san = new GeneralNames(new GeneralName(GeneralName.uniformResourceIdentifier, spiffeId));
        return builder(ROOT_NAME, LEAF_NAME, now, end, publicKey)
                .addExtension(Extension.basicConstraints, true, new BasicConstraints(false))
                .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature))
                .addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(new KeyPurposeId[] {
                    KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth
                }))
                .addExtension(
                        Extension.authorityKeyIdentifier,
                        false,
                        new JcaX509ExtensionUtils().createAuthorityKeyIdentifier(certificate))
                .addExtension(Extension.subjectAlternativeName, false, san);
    }

    private static X509v3CertificateBuilder builder(
            X500Name issuer, X500Name subject, Instant now, Instant end, PublicKey publicKey)
            throws GeneralSecurityException {
        return new JcaX509v3CertificateBuilder(
                issuer, serial(publicKey), Date.from(now.minus(SKEW)), Date.from(end), subject, publicKey);
    }

    /// A digest of a fresh key never repeats, also when several agents share one root.
    private static BigInteger serial(PublicKey publicKey) throws GeneralSecurityException {
        var digest = MessageDigest.getInstance("SHA-256").digest(publicKey.getEncoded());
        return new BigInteger(1, Arrays.copyOf(digest, SERIAL_BYTES));
    }

    private static X509Certificate sign(X509v3CertificateBuilder builder, PrivateKey key)
            throws IOException, GeneralSecurityException {
        try {
            var signer = EcdsaProvider.signer("SHA256withECDSA", key);
            var der = builder.build(signer).getEncoded();
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
        } catch (OperatorCreationException e) {
            throw new GeneralSecurityException("cannot sign: " + e.getMessage(), e);
        }
    }

    /// Without the key.
    @Override
    public String toString() {
        return "DevRoot[expires " + certificate.getNotAfter().toInstant() + "]";
    }
}
