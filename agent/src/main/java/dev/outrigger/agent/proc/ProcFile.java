package dev.outrigger.agent.proc;

import java.io.FileInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// The kernel's small files. Read by a stream of `java.io`: a start reads some before anything else, and the channels
/// behind `Files` take 3 ms to be there.
public final class ProcFile {
    private ProcFile() {}

    /// All of it; bytes that are no UTF-8 are replaced.
    public static String read(Path file) throws IOException {
        try (var in = new FileInputStream(file.toFile())) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
