package dev.outrigger.sds;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SymlinkFoldersTest {
    @TempDir
    Path temporary;

    private Path folder;

    @BeforeEach
    void real() throws IOException {
        folder = temporary.toRealPath();
    }

    @Test
    void aPlainFileIsWatchedInItsFolder() throws IOException {
        Files.writeString(folder.resolve("file"), "");

        assertThat(SymlinkFolders.of(List.of(folder.resolve("file")))).containsExactly(folder);
    }

    @Test
    void everyFolderWithALinkOnTheWayIsWatched() throws IOException {
        Files.createDirectories(folder.resolve("volume/..v1"));
        Files.writeString(folder.resolve("volume/..v1/file"), "");
        Files.createSymbolicLink(folder.resolve("volume/..data"), Path.of("..v1"));
        Files.createSymbolicLink(folder.resolve("volume/file"), Path.of("..data/file"));
        Files.createDirectories(folder.resolve("other"));
        Files.createSymbolicLink(folder.resolve("other/link"), folder.resolve("volume"));

        assertThat(SymlinkFolders.of(List.of(folder.resolve("other/link/file"))))
                .containsExactlyInAnyOrder(
                        folder.resolve("other"), folder.resolve("volume"), folder.resolve("volume/..v1"));
    }

    @Test
    void whatIsNotThereYetIsAwaitedInTheDeepestFolderThatIs() throws IOException {
        Files.createSymbolicLink(folder.resolve("dangling"), Path.of("nowhere/file"));

        assertThat(SymlinkFolders.of(List.of(folder.resolve("a/b/c")))).containsExactly(folder);
        assertThat(SymlinkFolders.of(List.of(folder.resolve("dangling")))).containsExactly(folder);
    }

    @Test
    void linksInACircleEnd() throws IOException {
        Files.createSymbolicLink(folder.resolve("a"), Path.of("b"));
        Files.createSymbolicLink(folder.resolve("b"), Path.of("a"));

        assertThat(SymlinkFolders.of(List.of(folder.resolve("a/file")))).containsExactly(folder);
    }
}
