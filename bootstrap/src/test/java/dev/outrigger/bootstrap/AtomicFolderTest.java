package dev.outrigger.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.outrigger.bootstrap.AtomicFolder.Content;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AtomicFolderTest {
    private static final int GENERATIONS = 200;

    @TempDir
    Path folder;

    @Test
    void filesHaveTheirContentAndTheirPermissions() throws Exception {
        AtomicFolder.write(
                folder, Map.of("key.pem", new Content("k", "rw-------"), "chain.pem", new Content("c", "rw-r--r--")));

        assertThat(folder.resolve("key.pem")).hasContent("k");
        assertThat(folder.resolve("chain.pem")).hasContent("c");
        assertThat(permissions("key.pem")).isEqualTo("rw-------");
        assertThat(permissions("chain.pem")).isEqualTo("rw-r--r--");
    }

    @Test
    void aReaderOfOneGenerationFindsItsFilesTogether() throws Exception {
        AtomicFolder.write(folder, pair(0));
        var writer = CompletableFuture.runAsync(() -> {
            for (var i = 1; i <= GENERATIONS; i++) {
                write(i);
            }
        });
        while (!writer.isDone()) {
            var generation = folder.resolve(Files.readSymbolicLink(folder.resolve("..data")));
            var pair = readPair(generation);

            assertThat(pair)
                    .satisfiesAnyOf(
                            both -> assertThat(both).isEmpty(),
                            both -> assertThat(both.getFirst()).isEqualTo(both.getLast()));
        }
        writer.join();

        assertThat(folder.resolve("a")).hasContent(Integer.toString(GENERATIONS));
    }

    @Test
    void nothingOfOldGenerationsStaysNorOfOneThatWasInterrupted() throws Exception {
        AtomicFolder.write(folder, pair(1));
        Files.writeString(Files.createDirectory(folder.resolve("..killed")).resolve("key.pem"), "k");

        AtomicFolder.write(folder, pair(2));

        try (var entries = Files.list(folder)) {
            assertThat(entries.map(path -> path.getFileName().toString()).filter(name -> name.startsWith("..")))
                    .hasSize(2)
                    .contains("..data");
        }
    }

    @Test
    void aFileOfThatNameBecomesALink() throws Exception {
        Files.writeString(folder.resolve("a"), "of somebody else");

        AtomicFolder.write(folder, pair(7));

        assertThat(folder.resolve("a")).hasContent("7");
    }

    @Test
    void aFailureLeavesTheOldFiles() throws Exception {
        AtomicFolder.write(folder, pair(1));

        assertThatThrownBy(() -> AtomicFolder.write(
                        folder, Map.of("a", new Content("2", "rw-------"), "none/b", new Content("2", "rw-------"))))
                .isInstanceOf(IOException.class);

        assertThat(folder.resolve("a")).hasContent("1");
        try (var entries = Files.list(folder)) {
            assertThat(entries).hasSize(4);
        }
    }

    @Test
    void aSecretIsNotInTheWords() {
        assertThat(new Content("secret", "rw-------")).hasToString("Content[rw-------]");
    }

    private void write(int generation) {
        try {
            AtomicFolder.write(folder, pair(generation));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static Map<String, Content> pair(int generation) {
        var content = new Content(Integer.toString(generation), "rw-------");
        return Map.of("a", content, "b", content);
    }

    /// Empty when the generation was removed meanwhile.
    private static List<String> readPair(Path generation) {
        try {
            return List.of(Files.readString(generation.resolve("a")), Files.readString(generation.resolve("b")));
        } catch (IOException e) {
            return List.of();
        }
    }

    private String permissions(String name) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve(name)));
    }
}
