package dev.outrigger.sds;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/// What Istio names by the files it is in: `file-cert:CERT~KEY`, `file-root:PATH` and `file-root:system`.
///
/// @param name the whole name
/// @param files the certificate and its key, or the places of a bundle, the first that exists being the one
/// @param hasKey whether it is a certificate with its key
record FileSecret(String name, List<Path> files, boolean hasKey) {
    private static final String CERTIFICATE = "file-cert:";
    private static final String ROOTS = "file-root:";
    private static final int MOST_BYTES = 2 << 20;

    /// Where distributions keep the roots of the system.
    private static final List<Path> SYSTEM_ROOTS = Stream.of(
                    "/etc/ssl/certs/ca-certificates.crt",
                    "/etc/pki/tls/certs/ca-bundle.crt",
                    "/etc/ssl/ca-bundle.pem",
                    "/etc/pki/tls/cacert.pem",
                    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
                    "/etc/ssl/cert.pem",
                    "/usr/local/etc/ssl/cert.pem",
                    "/usr/local/share/certs/ca-root-nss.crt")
            .map(Path::of)
            .toList();

    /// Copies the list.
    FileSecret {
        files = List.copyOf(files);
    }

    static boolean isName(String name) {
        return name.startsWith(CERTIFICATE) || name.startsWith(ROOTS);
    }

    /// @throws IOException when the name has not one of the three forms
    static FileSecret parse(String name) throws IOException {
        try {
            if (name.startsWith(ROOTS)) {
                var path = name.substring(ROOTS.length());
                return new FileSecret(name, path.equals("system") ? SYSTEM_ROOTS : List.of(path(path)), false);
            }
            var tilde = name.indexOf('~');
            if (tilde > CERTIFICATE.length() && tilde == name.lastIndexOf('~')) {
                var certificate = path(name.substring(CERTIFICATE.length(), tilde));
                return new FileSecret(name, List.of(certificate, path(name.substring(tilde + 1))), true);
            }
        } catch (InvalidPathException e) {
            throw new IOException("it is no path: " + e.getReason(), e);
        }
        throw new IOException("a name of files is file-cert:CERTIFICATE~KEY or file-root:PATH");
    }

    private static Path path(String text) {
        if (text.isEmpty()) {
            throw new InvalidPathException(text, "it is empty");
        }
        return Path.of(text);
    }

    /// Texts of the files, to be compared and then to be parsed.
    ///
    /// @throws IOException when one cannot be read, or is larger than 2 MiB
    List<String> texts() throws IOException {
        if (!hasKey) {
            return List.of(text(files.stream().filter(Files::exists).findFirst().orElse(files.getFirst())));
        }
        return List.of(text(files.get(0)), text(files.get(1)));
    }

    /// @param texts of all files
    /// @throws IOException when they must not be served, saying why without quoting them
    SecretResource content(List<String> texts, Instant now) throws IOException {
        if (!hasKey) {
            var roots = about(
                    files.size() == 1 ? files.getFirst() : Path.of("the system's roots"),
                    () -> Pem.bundle(texts.getFirst()));
            return SecretResource.roots(name, Pem.certificates(roots));
        }
        var chain = about(files.get(0), () -> Pem.chain(texts.get(0)));
        var key = about(files.get(1), () -> Pem.privateKey(texts.get(1)));
        var leaf = chain.getFirst();
        if (!fits(key, leaf)) {
            throw new IOException("the key in " + files.get(1) + " is not that of the first certificate in "
                    + files.get(0) + "; write both");
        }
        var start = leaf.getNotBefore().toInstant();
        var end = leaf.getNotAfter().toInstant();
        if (now.isBefore(start)) {
            throw new IOException(files.get(0) + ": valid from " + start + " on; is the clock of this machine right?");
        }
        if (!now.isBefore(end)) {
            throw new IOException(files.get(0) + ": expired " + end + "; renew it");
        }
        var keyPem = Pem.block("PRIVATE KEY", key.getEncoded());
        return SecretResource.certificate(name, Pem.certificates(chain), keyPem, end);
    }

    private static boolean fits(PrivateKey key, X509Certificate leaf) {
        try {
            return KeyFit.fits(key, leaf.getPublicKey());
        } catch (GeneralSecurityException _) {
            return false;
        }
    }

    private static String text(Path file) throws IOException {
        byte[] bytes;
        try (var in = Files.newInputStream(file)) {
            bytes = in.readNBytes(MOST_BYTES + 1);
        } catch (NoSuchFileException e) {
            throw new IOException(file + " does not exist; is it mounted into this container?", e);
        } catch (AccessDeniedException e) {
            throw new IOException(file + " may not be read by this user", e);
        } catch (IOException e) {
            throw new IOException(file + " cannot be read: " + e.getMessage(), e);
        }
        if (bytes.length > MOST_BYTES) {
            throw new IOException(file + " is larger than " + (MOST_BYTES >> 20) + " MiB");
        }
        return new String(bytes, StandardCharsets.ISO_8859_1); // PEM is ASCII; what is not must not fail here
    }

    private interface Parsing<T> {
        T parse() throws IOException;
    }

    private static <T> T about(Path file, Parsing<T> parsing) throws IOException {
        try {
            return parsing.parse();
        } catch (IOException e) {
            throw new IOException(file + ": " + e.getMessage(), e);
        }
    }
}
