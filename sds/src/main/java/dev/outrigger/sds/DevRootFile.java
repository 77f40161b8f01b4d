package dev.outrigger.sds;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Set;

/// Keeps a {@link DevRoot} in one file, `dev-ca.pem`: certificate and key together, so that they never differ.
/// Agents that start at once on one directory end up with the same root.
final class DevRootFile {
    private static final Logger LOG = System.getLogger(DevRootFile.class.getName());
    private static final String NAME = "dev-ca.pem";
    private static final FileAttribute<Set<PosixFilePermission>> OWNER_DIR =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private final Path dir;
    private final Path file;

    DevRootFile(Path dir) {
        this.dir = dir;
        this.file = dir.resolve(NAME);
    }

    DevRoot openOrCreate(InstantSource clock) throws IOException {
        if (Files.notExists(file)) {
            create(DevRoot.create(clock.instant()));
        }
        return read(clock);
    }

    /// Written elsewhere and linked into place: complete or absent, and the first one wins.
    private void create(DevRoot root) throws IOException {
        var pem = Pem.certificates(List.of(root.certificate()))
                + Pem.block("PRIVATE KEY", root.key().getEncoded());
        try {
            Files.createDirectories(dir, OWNER_DIR);
            var fresh = Files.createTempFile(dir, "dev-ca", ".new");
            try {
                Files.writeString(fresh, pem);
                Files.createLink(file, fresh);
            } catch (FileAlreadyExistsException _) {
                return;
            } finally {
                Files.deleteIfExists(fresh);
            }
        } catch (IOException | UnsupportedOperationException e) {
            throw new IOException(
                    "development CA: cannot keep a root in " + dir + ": " + e + "; make it a writable directory", e);
        }
    }

    private DevRoot read(InstantSource clock) throws IOException {
        String pem;
        try {
            warnIfShared();
            pem = Files.readString(file);
        } catch (NoSuchFileException e) {
            throw new IOException("development CA: " + file + " vanished while it was opened; start again", e);
        } catch (IOException e) {
            throw new IOException("development CA: cannot read " + file + ": " + e, e);
        }
        try {
            return check(new DevRoot(key(pem), certificate(pem)), clock);
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new IOException(
                    "development CA: " + file + " is not a usable root: " + e.getMessage()
                            + "; delete it to get a new one, or name another directory",
                    e);
        }
    }

    private void warnIfShared() throws IOException {
        var permissions = PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
        if (!permissions.endsWith("------")) {
            LOG.log(
                    Level.WARNING,
                    "development CA: others may use the key in {0} ({1}); chmod 600 it",
                    file,
                    permissions);
        }
    }

    private static DevRoot check(DevRoot root, InstantSource clock) throws GeneralSecurityException {
        root.certificate().verify(root.certificate().getPublicKey());
        if (root.certificate().getBasicConstraints() < 0) {
            throw new GeneralSecurityException("its certificate is not an authority's");
        }
        if (!SvidVerifier.fits(root.key(), root.certificate())) {
            throw new GeneralSecurityException("its key does not belong to its certificate");
        }
        var end = root.certificate().getNotAfter().toInstant();
        if (!clock.instant().isBefore(end)) {
            throw new GeneralSecurityException("it expired " + end);
        }
        return root;
    }

    private static X509Certificate certificate(String pem) throws GeneralSecurityException {
        var der = new ByteArrayInputStream(block(pem, "CERTIFICATE"));
        return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(der);
    }

    private static PrivateKey key(String pem) throws GeneralSecurityException {
        return KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(block(pem, "PRIVATE KEY")));
    }

    private static byte[] block(String pem, String label) throws GeneralSecurityException {
        var begin = "-----BEGIN " + label + "-----";
        var start = pem.indexOf(begin);
        var end = pem.indexOf("-----END " + label + "-----");
        if (start < 0 || end < start) {
            throw new GeneralSecurityException("it holds no PEM block " + label);
        }
        var body = pem.substring(start + begin.length(), end);
        return Base64.getMimeDecoder().decode(body.getBytes(StandardCharsets.US_ASCII));
    }
}
