package dev.outrigger.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// The checkout that the tests run in, and the real Envoy that its script finds.
public final class Checkout {
    private static final String FINDER = "bin/find-envoy";

    private Checkout() {}

    /// Its root, from wherever in it the tests are started.
    public static Path root() {
        var here = Path.of("").toAbsolutePath();
        for (var folder = here; folder != null; folder = folder.getParent()) {
            if (Files.isExecutable(folder.resolve(FINDER))) {
                return folder;
            }
        }
        throw new AssertionError("these tests run in a checkout: there is no " + FINDER + " above " + here);
    }

    /// Envoy's executable: OUTRIGGER_ENVOY_PATH, the one on PATH, or the pinned one, which is downloaded once.
    public static Path envoy() {
        return Found.ENVOY;
    }

    private static final class Found {
        static final Path ENVOY = find();

        private static Path find() {
            try {
                var process = new ProcessBuilder(root().resolve(FINDER).toString())
                        .redirectErrorStream(true)
                        .start();
                var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
                if (process.waitFor() != 0) {
                    throw new AssertionError("no Envoy to test with: " + said);
                }
                return Path.of(said.substring(said.lastIndexOf('\n') + 1));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted", e);
            }
        }
    }
}
