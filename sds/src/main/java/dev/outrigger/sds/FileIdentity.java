package dev.outrigger.sds;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Map;

/// Reads certificate, key and bundle from three files, which may be one and the same, and makes an identity of
/// them when they fit together. May block.
final class FileIdentity {
    private final IdentityConfig.Files files;
    private final SvidVerifier verifier;

    FileIdentity(IdentityConfig.Files files, SvidVerifier verifier) {
        this.files = files;
        this.verifier = verifier;
    }

    /// What the files held at one moment.
    static final class Content {
        private final byte[] certificate;
        private final byte[] key;
        private final byte[] bundle;

        Content(byte[] certificate, byte[] key, byte[] bundle) {
            this.certificate = certificate;
            this.key = key;
            this.bundle = bundle;
        }

        /// Differs when one of the files does.
        byte[] digest() {
            try {
                var all = MessageDigest.getInstance("SHA-256");
                for (var part : new byte[][] {certificate, key, bundle}) {
                    all.update(MessageDigest.getInstance("SHA-256").digest(part));
                }
                return all.digest();
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every JDK has SHA-256", e);
            }
        }
    }

    Content read() throws RefusedSvidException {
        return new Content(
                BoundedFile.read(certificateName(), files.certificate()),
                BoundedFile.read(keyName(), files.key()),
                BoundedFile.read(bundleName(), files.bundle()));
    }

    Identity parse(Content content) throws RefusedSvidException {
        return verifier.verify(
                "certificate in " + files.certificate(),
                PemReader.key(keyName(), content.key),
                PemReader.certificates(certificateName(), content.certificate),
                PemReader.roots(bundleName(), content.bundle),
                Map.of());
    }

    private String certificateName() {
        return "certificate file " + files.certificate();
    }

    private String keyName() {
        return "key file " + files.key();
    }

    private String bundleName() {
        return "bundle file " + files.bundle();
    }
}
