package dev.outrigger.sds;

import com.google.protobuf.ByteString;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.RSAPrivateKey;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.jspecify.annotations.Nullable;

/// Textual encoding of certificates and keys (RFC 7468). What is wrong is told without a word of the text, which
/// may be a key.
final class Pem {
    private static final Base64.Encoder BASE64 = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII));
    private static final Set<String> CERTIFICATES = Set.of("CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE");
    private static final String BEGIN = "-----BEGIN ";
    private static final String END = "-----END ";
    private static final String DASHES = "-----";

    private Pem() {}

    /// One block of a text; may be a key.
    private record Block(String label, ByteString content) {
        byte[] der() {
            return content.toByteArray();
        }

        @Override
        public String toString() {
            return label;
        }
    }

    static String certificates(Collection<X509Certificate> certificates) {
        var pem = new StringBuilder();
        certificates.forEach(certificate -> pem.append(certificate(der(certificate))));
        return pem.toString();
    }

    static String certificate(byte[] der) {
        return block("CERTIFICATE", der);
    }

    static String block(String label, byte[] der) {
        return BEGIN + label + "-----\n" + BASE64.encodeToString(der) + "\n" + END + label + "-----\n";
    }

    static byte[] der(X509Certificate certificate) {
        try {
            return certificate.getEncoded();
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException("a parsed certificate has an encoding", e);
        }
    }

    /// One behind the other.
    static byte[] joined(Collection<X509Certificate> certificates) {
        var all = new ByteArrayOutputStream();
        certificates.forEach(certificate -> all.writeBytes(der(certificate)));
        return all.toByteArray();
    }

    /// Every certificate of a chain, in the order of the text; other blocks are left out.
    ///
    /// @throws IOException when there is none, or one cannot be read
    static List<X509Certificate> chain(String text) throws IOException {
        var found = new ArrayList<X509Certificate>();
        for (var block : blocks(text)) {
            if (CERTIFICATES.contains(block.label())) {
                try {
                    found.add(certificate(block));
                } catch (CertificateException e) {
                    throw new IOException("its certificate number " + (found.size() + 1) + " cannot be read", e);
                }
            }
        }
        return required(found);
    }

    /// The certificates of a bundle. Those that cannot be read are left out: roots of others must not take ours
    /// away.
    ///
    /// @throws IOException when there is none that can be read
    static List<X509Certificate> bundle(String text) throws IOException {
        var found = new ArrayList<X509Certificate>();
        for (var block : blocks(text)) {
            if (CERTIFICATES.contains(block.label())) {
                try {
                    found.add(certificate(block));
                } catch (CertificateException _) {
                    // left out
                }
            }
        }
        return required(found);
    }

    /// The private key: PKCS#8 (`PRIVATE KEY`), PKCS#1 (`RSA PRIVATE KEY`) or SEC 1 (`EC PRIVATE KEY`).
    ///
    /// @throws IOException when there is none or it cannot be read
    static PrivateKey privateKey(String text) throws IOException {
        for (var block : blocks(text)) {
            var info = info(block);
            if (info != null) {
                return key(info);
            }
        }
        throw new IOException("it holds no private key that is not encrypted");
    }

    private static List<X509Certificate> required(List<X509Certificate> found) throws IOException {
        if (found.isEmpty()) {
            throw new IOException("it holds no certificate that can be read");
        }
        return List.copyOf(found);
    }

    private static X509Certificate certificate(Block block) throws CertificateException {
        return (X509Certificate)
                CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(block.der()));
    }

    /// In the form that all algorithms share; null when it is no key.
    private static @Nullable PrivateKeyInfo info(Block block) throws IOException {
        try {
            return switch (block.label()) {
                case "PRIVATE KEY" -> PrivateKeyInfo.getInstance(block.der());
                case "RSA PRIVATE KEY" ->
                    wrap(
                            new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE),
                            RSAPrivateKey.getInstance(block.der()));
                case "EC PRIVATE KEY" -> {
                    var key = ECPrivateKey.getInstance(block.der());
                    yield wrap(
                            new AlgorithmIdentifier(X9ObjectIdentifiers.id_ecPublicKey, key.getParametersObject()),
                            key);
                }
                default -> null;
            };
        } catch (RuntimeException _) { // the library throws these, and its messages may quote
            throw new IOException("its private key cannot be read");
        }
    }

    private static PrivateKeyInfo wrap(AlgorithmIdentifier algorithm, ASN1Encodable key) throws IOException {
        return new PrivateKeyInfo(algorithm, key);
    }

    private static PrivateKey key(PrivateKeyInfo info) throws IOException {
        var id = info.getPrivateKeyAlgorithm().getAlgorithm();
        try {
            var algorithm = id.equals(PKCSObjectIdentifiers.rsaEncryption) ? "RSA" : "EC";
            return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(info.getEncoded()));
        } catch (GeneralSecurityException | RuntimeException _) {
            throw new IOException("its private key cannot be read; RSA and EC keys are known");
        }
    }

    private static List<Block> blocks(String text) throws IOException {
        var found = new ArrayList<Block>();
        for (var at = text.indexOf(BEGIN); at >= 0; at = text.indexOf(BEGIN, at)) {
            var labelEnd = text.indexOf(DASHES, at + BEGIN.length());
            var label = labelEnd < 0 ? "" : text.substring(at + BEGIN.length(), labelEnd);
            var end = labelEnd < 0 ? -1 : text.indexOf(END + label + DASHES, labelEnd);
            if (end < 0) {
                throw new IOException("a block begins and does not end; is it cut off?");
            }
            try {
                found.add(new Block(
                        label,
                        ByteString.copyFrom(
                                Base64.getMimeDecoder().decode(text.substring(labelEnd + DASHES.length(), end)))));
            } catch (IllegalArgumentException _) {
                throw new IOException("a block is not base64");
            }
            at = end;
        }
        return found;
    }
}
