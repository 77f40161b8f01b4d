package dev.outrigger.dev;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileWatchTest {
    @TempDir
    private Path folder;

    private final BlockingQueue<String> seen = new LinkedBlockingQueue<>();
    private Path file;

    @BeforeEach
    void write() throws IOException {
        file = Files.writeString(folder.resolve("a.yaml"), "one");
    }

    @Test
    void aChangeIsToldOnceOnItsThread() throws Exception {
        try (var _ = watch()) {
            Files.writeString(file, "two");
            assertThat(next()).isEqualTo("two on outrigger-watch");

            Files.writeString(file, "two");
            Files.writeString(folder.resolve("other"), "noise");
            Files.writeString(file, "three");
            assertThat(next()).isEqualTo("three on outrigger-watch");
        }
    }

    @Test
    void aReplacedFileIsSeen() throws Exception {
        try (var _ = watch()) {
            var next = Files.writeString(folder.resolve("a.yaml.tmp"), "replaced");
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);

            assertThat(next()).startsWith("replaced");
        }
    }

    @Test
    void aLinkThatIsMovedElsewhereIsSeen(@TempDir Path elsewhere) throws Exception {
        var first = Files.createDirectory(elsewhere.resolve("1"));
        var second = Files.createDirectory(elsewhere.resolve("2"));
        Files.writeString(first.resolve("f"), "first");
        Files.writeString(second.resolve("f"), "second");
        var data = Files.createSymbolicLink(elsewhere.resolve("data"), first);
        file = Files.createSymbolicLink(folder.resolve("link.yaml"), data.resolve("f"));

        try (var _ = watch()) {
            Files.delete(data);
            Files.createSymbolicLink(data, second);

            assertThat(next()).startsWith("second");
        }
    }

    @Test
    void aFileThatGoesAndComesBackIsToldOnlyWhenItDiffers() throws Exception {
        try (var _ = watch()) {
            Files.delete(file);
            Files.writeString(file, "back");

            assertThat(next()).startsWith("back");
        }
    }

    @Test
    void aFailureToTakeItDoesNotEndTheWatch() throws Exception {
        var failing = FileWatch.start(file, () -> {
            seen.add("called");
            throw new IllegalStateException("cannot take it");
        });
        try (failing) {
            Files.writeString(file, "two");
            assertThat(next()).isEqualTo("called");
            Files.writeString(file, "three");
            assertThat(next()).isEqualTo("called");
        }
    }

    @Test
    void nothingIsToldAfterClose() throws Exception {
        var watch = watch();
        watch.close();
        watch.close();

        Files.writeString(file, "late");

        assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(t -> t.getName().equals("outrigger-watch") && t.isAlive());
        assertThat(seen).isEmpty();
    }

    @Test
    void aFolderThatIsNotThereIsRefused() {
        assertThatThrownBy(() -> FileWatch.start(folder.resolve("no/such/file"), () -> {}))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("cannot be watched");
    }

    private FileWatch watch() throws IOException {
        return FileWatch.start(file, () -> {
            try {
                seen.add(
                        Files.readString(file) + " on " + Thread.currentThread().getName());
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
    }

    private String next() throws InterruptedException {
        var next = seen.poll(20, TimeUnit.SECONDS);
        if (next == null) {
            throw new AssertionError("no change was told within 20 s");
        }
        return next;
    }
}
