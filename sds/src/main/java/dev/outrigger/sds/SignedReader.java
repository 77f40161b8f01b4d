package dev.outrigger.sds;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Turns what an authority answered into an identity, or says why it must not be used. Reads the file of roots,
/// if there is one; may block.
final class SignedReader {
    private static final String ANSWER = "the certificate from the authority";

    private final SvidVerifier verifier;
    private final Optional<Path> bundleFile;

    SignedReader(SvidVerifier verifier, Optional<Path> bundleFile) {
        this.verifier = verifier;
        this.bundleFile = bundleFile;
    }

    /// @param answer PEM texts: the leaf, its intermediates, and last the roots
    Identity read(PrivateKey key, List<String> answer) throws RefusedSvidException {
        if (answer.size() < 2) {
            throw new RefusedSvidException(
                    "the answer has " + answer.size() + " parts; a certificate and, last, the roots are needed");
        }
        var chain = PemReader.certificates(ANSWER, joined(answer.subList(0, answer.size() - 1)));
        var bundle = bundleFile.isPresent()
                ? roots(bundleFile.get())
                : PemReader.roots(
                        "the last part of the authority's answer",
                        joined(answer.subList(answer.size() - 1, answer.size())));
        return verifier.verify(ANSWER, key, chain, bundle, Map.of());
    }

    /// The identity with the roots that the file holds now.
    Identity withBundle(Path file, Identity identity) throws RefusedSvidException {
        return verifier.verify(
                "SVID " + identity.spiffeId() + " with the roots of " + file,
                identity.key(),
                identity.chain(),
                roots(file),
                Map.of());
    }

    private static List<X509Certificate> roots(Path file) throws RefusedSvidException {
        var what = "bundle file " + file;
        return PemReader.roots(what, BoundedFile.read(what, file));
    }

    /// Parts need not end with a line break.
    private static byte[] joined(List<String> parts) {
        var all = new ByteArrayOutputStream();
        for (var part : parts) {
            all.writeBytes(part.getBytes(StandardCharsets.UTF_8));
            all.write('\n');
        }
        return all.toByteArray();
    }
}
