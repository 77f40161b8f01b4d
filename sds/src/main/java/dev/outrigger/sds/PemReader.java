package dev.outrigger.sds;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.RSAPrivateKey;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;

/// Reads certificates and keys from their textual encoding (RFC 7468; keys as PKCS#8, PKCS#1 or SEC 1). What is
/// not whole is refused, with a reason that names it and never quotes it.
final class PemReader {
    /// Of one file or message; the roots of the largest distributions are a quarter of it.
    static final int MOST_BYTES = 1 << 20;

    private static final String BEGIN = "-----BEGIN ";
    private static final String END = "-----END ";
    private static final String DASHES = "-----";

    private PemReader() {}

    /// In their order; at least one.
    ///
    /// @param what for messages, for example `certificate file /run/certs/tls.crt`
    static List<X509Certificate> certificates(String what, byte[] pem) throws RefusedSvidException {
        try {
            var factory = CertificateFactory.getInstance("X.509");
            var found = new ArrayList<X509Certificate>();
            for (var block : blocks(what, pem)) {
                if (block.label.equals("CERTIFICATE")) {
                    found.add((X509Certificate) factory.generateCertificate(new ByteArrayInputStream(block.der)));
                }
            }
            if (found.isEmpty()) {
                throw new RefusedSvidException(what + " holds no certificate");
            }
            return found;
        } catch (GeneralSecurityException | RuntimeException e) {
            throw new RefusedSvidException(what + " holds a certificate that cannot be read: " + Quote.reason(e), e);
        }
    }

    /// Without repetitions, and in an order of their own, so that the same roots in another order change nothing.
    static List<X509Certificate> roots(String what, byte[] pem) throws RefusedSvidException {
        return sorted(certificates(what, pem));
    }

    static List<X509Certificate> sorted(List<X509Certificate> roots) {
        return roots.stream()
                .distinct()
                .sorted((one, other) -> Arrays.compareUnsigned(Pem.der(one), Pem.der(other)))
                .toList();
    }

    /// The only one.
    static PrivateKey key(String what, byte[] pem) throws RefusedSvidException {
        var keys = blocks(what, pem).stream()
                .filter(block -> block.label.endsWith("PRIVATE KEY"))
                .toList();
        if (keys.size() != 1) {
            throw new RefusedSvidException(
                    what + (keys.isEmpty() ? " holds no private key" : " holds several private keys"));
        }
        try {
            return key(what, keys.getFirst());
        } catch (GeneralSecurityException | IOException | RuntimeException e) {
            // No cause and no text of it: parsers quote what they choke on.
            throw new RefusedSvidException(what + " holds a private key that cannot be read (" + keys.getFirst().label
                    + ", " + e.getClass().getSimpleName() + ")");
        }
    }

    private static PrivateKey key(String what, Block block)
            throws RefusedSvidException, GeneralSecurityException, IOException {
        return switch (block.label) {
            case "PRIVATE KEY" -> pkcs8(what, PrivateKeyInfo.getInstance(block.der));
            case "RSA PRIVATE KEY" ->
                pkcs8(
                        what,
                        new PrivateKeyInfo(
                                new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE),
                                RSAPrivateKey.getInstance(ASN1Primitive.fromByteArray(block.der))));
            case "EC PRIVATE KEY" -> sec1(what, ECPrivateKey.getInstance(ASN1Primitive.fromByteArray(block.der)));
            case "ENCRYPTED PRIVATE KEY" ->
                throw new RefusedSvidException(what + " holds an encrypted private key; write it without a passphrase");
            default ->
                throw new RefusedSvidException(
                        what + " holds a private key of an unknown form, " + Quote.of(block.label));
        };
    }

    private static PrivateKey sec1(String what, ECPrivateKey key)
            throws RefusedSvidException, GeneralSecurityException, IOException {
        var curve = key.getParametersObject();
        if (curve == null) {
            throw new RefusedSvidException(
                    what + " holds a private key that does not name its curve; write it as PKCS#8");
        }
        return pkcs8(what, new PrivateKeyInfo(new AlgorithmIdentifier(X9ObjectIdentifiers.id_ecPublicKey, curve), key));
    }

    private static PrivateKey pkcs8(String what, PrivateKeyInfo info)
            throws RefusedSvidException, GeneralSecurityException, IOException {
        var oid = info.getPrivateKeyAlgorithm().getAlgorithm();
        String algorithm;
        if (oid.equals(X9ObjectIdentifiers.id_ecPublicKey)) {
            algorithm = "EC";
        } else if (oid.equals(PKCSObjectIdentifiers.rsaEncryption)) {
            algorithm = "RSA";
        } else {
            throw new RefusedSvidException(what + " holds a private key that is neither ECDSA nor RSA (" + oid + ")");
        }
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(info.getEncoded()));
    }

    private static List<Block> blocks(String what, byte[] pem) throws RefusedSvidException {
        if (pem.length == 0) {
            throw new RefusedSvidException(what + " is empty");
        }
        if (pem.length > MOST_BYTES) {
            throw tooLarge(what, pem.length);
        }
        var blocks = new ArrayList<Block>();
        var body = new StringBuilder();
        String label = null;
        for (var raw : new String(pem, StandardCharsets.ISO_8859_1).split("\\R", -1)) {
            var line = raw.strip();
            if (label == null) {
                label = labelOf(line, BEGIN);
                body.setLength(0);
            } else if (line.startsWith(END)) {
                if (!label.equals(labelOf(line, END))) {
                    throw new RefusedSvidException(what + " holds a PEM block that ends as another one than it began");
                }
                blocks.add(new Block(label, decoded(what, label, body)));
                label = null;
            } else if (line.startsWith(BEGIN)) {
                break;
            } else {
                body.append(line);
            }
        }
        if (label != null) {
            throw new RefusedSvidException(
                    what + " is cut off in the middle of a PEM block; is it still being written?");
        }
        return blocks;
    }

    static RefusedSvidException tooLarge(String what, long bytes) {
        return new RefusedSvidException(what + " has " + bytes + " bytes; at most " + MOST_BYTES + " are read");
    }

    private static @org.jspecify.annotations.Nullable String labelOf(String line, String begin) {
        return line.startsWith(begin) && line.endsWith(DASHES) && line.length() > begin.length() + DASHES.length()
                ? line.substring(begin.length(), line.length() - DASHES.length())
                : null;
    }

    private static byte[] decoded(String what, String label, StringBuilder body) throws RefusedSvidException {
        if (body.indexOf(":") >= 0) {
            throw new RefusedSvidException(
                    what + " holds a PEM block with headers (encrypted?); write it without a passphrase");
        }
        try {
            return Base64.getDecoder().decode(body.toString());
        } catch (IllegalArgumentException _) { // its message quotes the text
            throw new RefusedSvidException(what + " holds a PEM block " + Quote.of(label) + " that is not base64");
        }
    }

    /// Not a record: its parts are never to be printed.
    private static final class Block {
        private final String label;
        private final byte[] der;

        Block(String label, byte[] der) {
            this.label = label;
            this.der = der;
        }
    }
}
