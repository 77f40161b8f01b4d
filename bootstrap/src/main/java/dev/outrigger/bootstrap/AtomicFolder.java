package dev.outrigger.bootstrap;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;

/// Replaces several files at one stroke, as Kubernetes does for mounted secrets: `folder/name` is a link to
/// `..data/name`, and `..data` a link to the folder of one generation. Only that link is replaced.
///
/// A reader that opens the files one after the other can still meet two generations around the stroke; it should look
/// at
/// the times of all of them again when it has read them, as the `file_watcher` of gRPC does.
public final class AtomicFolder {
    private static final String HIDDEN = "..";
    private static final String CURRENT = "..data";
    private static final String FOLDER = "rwxr-xr-x";

    private AtomicFolder() {}

    /// One file.
    ///
    /// @param text in UTF-8
    /// @param permissions in the form `rw-r-----`
    public record Content(String text, String permissions) {
        /// Without the text, which may be secret.
        @Override
        public String toString() {
            return "Content[" + permissions + "]";
        }
    }

    /// Writes all files, replacing those of the last call. One caller at a time; the folder must exist.
    ///
    /// @param files by name
    /// @throws IOException when they cannot be written: the old ones are as they were
    public static void write(Path folder, Map<String, Content> files) throws IOException {
        try {
            replace(folder, files);
        } catch (IOException e) {
            throw new IOException(
                    "files in " + folder + " cannot be replaced (" + AtomicFile.reason(e)
                            + "); does it exist, may this user write there, and is there space on the disk?",
                    e);
        }
    }

    private static void replace(Path folder, Map<String, Content> files) throws IOException {
        removeAllBut(current(folder), folder); // what a process that was killed in the middle has left
        var generation = Files.createTempDirectory(folder, HIDDEN);
        try {
            fill(generation, files);
            link(folder, CURRENT, generation.getFileName());
            for (var name : files.keySet()) {
                link(folder, name, Path.of(CURRENT, name));
            }
        } finally {
            removeAllBut(current(folder), folder);
        }
    }

    private static void fill(Path generation, Map<String, Content> files) throws IOException {
        for (var file : files.entrySet()) {
            var content = file.getValue();
            AtomicFile.write(generation.resolve(file.getKey()), content.text(), content.permissions());
        }
        Files.setPosixFilePermissions(generation, PosixFilePermissions.fromString(FOLDER));
    }

    private static void link(Path folder, String name, Path target) throws IOException {
        var link = folder.resolve(name);
        if (Files.isSymbolicLink(link) && Files.readSymbolicLink(link).equals(target)) {
            return;
        }
        var fresh = folder.resolve(HIDDEN + "new-link");
        Files.deleteIfExists(fresh);
        Files.createSymbolicLink(fresh, target);
        Files.move(fresh, link, StandardCopyOption.ATOMIC_MOVE);
    }

    /// The generation in use; the folder itself before the first one.
    private static Path current(Path folder) throws IOException {
        var link = folder.resolve(CURRENT);
        return Files.isSymbolicLink(link) ? folder.resolve(Files.readSymbolicLink(link)) : folder;
    }

    private static void removeAllBut(Path current, Path folder) throws IOException {
        try (var entries = Files.newDirectoryStream(folder, HIDDEN + "*")) {
            for (var entry : entries) {
                if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS) && !entry.equals(current)) {
                    remove(entry);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    private static void remove(Path generation) throws IOException {
        try (var files = Files.newDirectoryStream(generation)) {
            for (var file : files) {
                Files.deleteIfExists(file);
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        Files.deleteIfExists(generation);
    }
}
