package dev.outrigger.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class AtomicFileTest {
    private static final String OWNER_ONLY = "rw-------";

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {OWNER_ONLY, "rw-r-----", "rw-rw-rw-", "r--------"})
    void permissionsAreExactlyTheOnesAskedFor(String permissions) throws Exception {
        var file = folder.resolve("file");

        AtomicFile.write(file, "text", permissions);

        assertThat(Files.getPosixFilePermissions(file)).isEqualTo(PosixFilePermissions.fromString(permissions));
    }

    @Test
    void anOldFileIsReplacedWithItsPermissions() throws Exception {
        var file = folder.resolve("file");
        Files.writeString(file, "old and longer");

        AtomicFile.write(file, "né\uD83D\uDEF6", "r--------");
        AtomicFile.write(file, "newer", OWNER_ONLY);

        assertThat(file).hasContent("newer");
        assertThat(Files.getPosixFilePermissions(file)).isEqualTo(PosixFilePermissions.fromString(OWNER_ONLY));
        assertThat(folder).isDirectoryNotContaining(path -> !path.equals(file));
    }

    @Test
    void textIsUtf8AndMayBeEmpty() throws Exception {
        AtomicFile.write(folder.resolve("file"), "né\uD83D\uDEF6\n", OWNER_ONLY);
        AtomicFile.write(folder.resolve("empty"), "", OWNER_ONLY);

        assertThat(Files.readString(folder.resolve("file"))).isEqualTo("né\uD83D\uDEF6\n");
        assertThat(folder.resolve("empty")).isEmptyFile();
    }

    @Test
    void aSymbolicLinkIsReplacedAndWhatItPointedToStays() throws Exception {
        var other = Files.writeString(folder.resolve("other"), "other's");
        var file = Files.createSymbolicLink(folder.resolve("file"), other);

        AtomicFile.write(file, "mine", OWNER_ONLY);

        assertThat(Files.isSymbolicLink(file)).isFalse();
        assertThat(other).hasContent("other's");
    }

    @Test
    void aReaderSeesOneTextOrTheOtherButNoMixture() throws Exception {
        var file = folder.resolve("file");
        var texts = new String[] {"a".repeat(100_000), "b".repeat(50_000)};
        AtomicFile.write(file, texts[0], OWNER_ONLY);
        var isDone = new AtomicBoolean();
        var reader = CompletableFuture.runAsync(() -> {
            while (!isDone.get()) {
                assertThat(read(file)).isIn((Object[]) texts);
            }
        });

        for (int i = 0; i < 200; i++) {
            AtomicFile.write(file, texts[i % 2], OWNER_ONLY);
        }

        isDone.set(true);
        reader.get(20, TimeUnit.SECONDS);
    }

    @Test
    void whenNoFileCanBeMadeTheOldOneStays() throws Exception {
        // Root may write anywhere, but not even root can add to a name of this length.
        var file = Files.writeString(folder.resolve("f".repeat(250)), "old");

        assertThatIOException()
                .isThrownBy(() -> AtomicFile.write(file, "new", OWNER_ONLY))
                .withMessageContaining(file.toString());

        assertThat(file).hasContent("old");
        assertThat(folder).isDirectoryNotContaining(path -> !path.equals(file));
    }

    @Test
    void whenTheFileCannotBeReplacedNothingIsLeftBeside() throws Exception {
        var file = folder.resolve("file");
        Files.createDirectories(file.resolve("inner"));

        assertThatIOException()
                .isThrownBy(() -> AtomicFile.write(file, "new", OWNER_ONLY))
                .withMessageContaining("cannot be written");

        assertThat(file.resolve("inner")).isDirectory();
        assertThat(folder).isDirectoryNotContaining(path -> !path.equals(file));
    }

    @Test
    void aMissingFolderIsNamedWithAnAdvice() {
        var file = folder.resolve("missing/file");

        assertThatIOException()
                .isThrownBy(() -> AtomicFile.write(file, "new", OWNER_ONLY))
                .withMessageContaining("missing/file cannot be written (NoSuchFileException); does its folder exist");
    }

    @Test
    void permissionsInAnotherFormAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AtomicFile.write(folder.resolve("file"), "new", "0600"))
                .withMessage("no file permissions: 0600; write them as ls does: rw-r-----");
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
