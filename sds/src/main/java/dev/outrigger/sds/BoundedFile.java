package dev.outrigger.sds;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/// Reads files that others write: whole, and of a size that fits into memory.
final class BoundedFile {
    private BoundedFile() {}

    /// @param what for messages, for example `certificate file /run/certs/tls.crt`
    static byte[] read(String what, Path file) throws RefusedSvidException {
        try {
            if (Files.exists(file) && !Files.isRegularFile(file)) {
                throw new RefusedSvidException(what + " is not a regular file");
            }
            try (var in = Files.newInputStream(file)) {
                var bytes = in.readNBytes(PemReader.MOST_BYTES + 1);
                if (bytes.length > PemReader.MOST_BYTES) {
                    throw PemReader.tooLarge(what, Math.max(bytes.length, Files.size(file)));
                }
                return bytes;
            }
        } catch (NoSuchFileException e) {
            throw new RefusedSvidException(what + " does not exist; is it mounted into this container?", e);
        } catch (IOException e) {
            throw new RefusedSvidException(what + " cannot be read (" + Quote.of(e.toString()) + ")", e);
        }
    }
}
