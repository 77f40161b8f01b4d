package dev.outrigger.agent.crash;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// One folder a crash, for the owner only, each there as a whole or not at all. One writer at a time.
public final class CrashFolder {
    private static final Set<PosixFilePermission> FOLDER = PosixFilePermissions.fromString("rwx------");
    private static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-------");
    private static final String UNFINISHED = ".unfinished-";
    private static final String NAME = "\\d{8}T\\d{9}Z-\\d+";

    private final CrashConfig config;

    /// Touches nothing yet.
    public CrashFolder(CrashConfig config) {
        this.config = config;
    }

    /// Writes the files of one crash and removes the folders of the oldest crashes beyond the number to keep.
    ///
    /// @param name `yyyyMMdd'T'HHmmssSSS'Z'-pid`, so that names sort by time
    /// @param files content by name
    /// @return the crash's folder
    /// @throws IOException when they cannot be written: nothing of them is left, and the older crashes are as
    ///     they were
    public Path write(String name, Map<String, String> files) throws IOException {
        if (!name.matches(NAME)) {
            throw new IllegalArgumentException("no name of a crash: " + name);
        }
        Files.createDirectories(config.folder(), PosixFilePermissions.asFileAttribute(FOLDER));
        removeUnfinished();
        var fresh = Files.createDirectory(
                config.folder().resolve(UNFINISHED + name), PosixFilePermissions.asFileAttribute(FOLDER));
        try {
            for (var file : files.entrySet()) {
                write(fresh.resolve(file.getKey()), file.getValue());
            }
            var folder = config.folder().resolve(name);
            Files.move(fresh, folder, StandardCopyOption.ATOMIC_MOVE);
            prune();
            return folder;
        } catch (IOException | RuntimeException e) {
            discard(fresh, e);
            throw e;
        }
    }

    /// The folders of crashes, oldest first; none when there is nothing or nothing can be read.
    public List<Path> list() {
        var found = new ArrayList<Path>();
        try (var entries = Files.newDirectoryStream(config.folder())) {
            for (var entry : entries) {
                if (entry.getFileName().toString().matches(NAME) && isFolder(entry)) {
                    found.add(entry);
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            return List.of();
        }
        found.sort(Comparator.naturalOrder());
        return found;
    }

    private static void write(Path file, String text) throws IOException {
        Files.createFile(file, PosixFilePermissions.asFileAttribute(FILE));
        Files.writeString(file, text, StandardCharsets.UTF_8, StandardOpenOption.WRITE);
    }

    private void prune() throws IOException {
        var all = list();
        for (var old : all.subList(0, Math.max(0, all.size() - config.keep()))) {
            remove(old);
        }
    }

    /// What an agent that was killed in the middle has left.
    private void removeUnfinished() throws IOException {
        try (var entries = Files.newDirectoryStream(config.folder(), UNFINISHED + "*")) {
            for (var entry : entries) {
                remove(entry);
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    private static void discard(Path folder, Exception cause) {
        try {
            if (isFolder(folder)) {
                remove(folder);
            }
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }

    private static void remove(Path folder) throws IOException {
        try (var files = Files.newDirectoryStream(folder)) {
            for (var file : files) {
                Files.deleteIfExists(file);
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        Files.deleteIfExists(folder);
    }

    private static boolean isFolder(Path path) {
        return Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
    }
}
