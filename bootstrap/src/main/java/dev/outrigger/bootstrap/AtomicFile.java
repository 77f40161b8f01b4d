package dev.outrigger.bootstrap;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/// Replaces a file so that a reader sees the old content or the new one, never a part.
public final class AtomicFile {
    private static final int MOST_TRIES = 10_000;

    private AtomicFile() {}

    /// Writes a file in UTF-8, replacing one that is there. Its folder must exist. Several threads or processes may
    /// write
    /// the same file; the last one wins. The text is on the disk when the call returns.
    ///
    /// @param permissions in the form `rw-r-----`, whatever the umask; never wider than that for a moment
    /// @throws IOException when it cannot be written: the old file is as it was, and nothing is left beside it
    /// @throws IllegalArgumentException when `permissions` has another form
    public static void write(Path file, String text, String permissions) throws IOException {
        write(file, text, permissions, true);
    }

    /// As {@link #write}, without waiting for the disk: for what each start writes anew.
    public static void writeForThisStart(Path file, String text, String permissions) throws IOException {
        write(file, text, permissions, false);
    }

    private static void write(Path file, String text, String permissions, boolean lasting) throws IOException {
        var mode = permissions(permissions);
        try {
            replace(file.toAbsolutePath(), text.getBytes(StandardCharsets.UTF_8), mode, lasting);
        } catch (IOException e) {
            throw new IOException(
                    "file " + file + " cannot be written (" + reason(e)
                            + "); does its folder exist, may this user write there, and is there space on the disk?",
                    e);
        }
    }

    private static Set<PosixFilePermission> permissions(String text) {
        try {
            return PosixFilePermissions.fromString(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "no file permissions: " + text + "; write them as ls does: rw-r-----", e);
        }
    }

    private static void replace(Path file, byte[] content, Set<PosixFilePermission> mode, boolean lasting)
            throws IOException {
        var name = "." + file.getFileName() + ".";
        var fresh = fresh(file, name, PosixFilePermissions.asFileAttribute(mode));
        try {
            fill(fresh, content, mode, lasting);
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException | RuntimeException e) {
            discard(fresh, e);
            throw e;
        }
    }

    /// Whoever makes it owns it: a name that cannot be guessed, for which the JVM would load its providers of
    /// cryptography (6 ms of a start), would add nothing.
    private static Path fresh(Path file, String name, FileAttribute<?> mode) throws IOException {
        for (int i = 0; ; i++) {
            try {
                return Files.createFile(file.resolveSibling(name + i + ".tmp"), mode);
            } catch (FileAlreadyExistsException e) {
                if (i == MOST_TRIES) {
                    throw e;
                }
            }
        }
    }

    private static void fill(Path fresh, byte[] content, Set<PosixFilePermission> mode, boolean lasting)
            throws IOException {
        try (var channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
            var left = ByteBuffer.wrap(content);
            while (left.hasRemaining()) {
                channel.write(left);
            }
            Files.setPosixFilePermissions(fresh, mode); // the umask may have taken some away
            if (lasting) {
                channel.force(true);
            }
        }
    }

    private static void discard(Path fresh, Exception cause) {
        try {
            Files.deleteIfExists(fresh);
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }

    /// The operating system's words; the exception's message is often only the path.
    static String reason(IOException e) {
        var name = e.getClass().getSimpleName();
        if (e instanceof FileSystemException system && system.getReason() != null) {
            return name + ": " + system.getReason();
        }
        return name;
    }
}
