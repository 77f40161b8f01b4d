package dev.outrigger.agent.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CrashFolderTest {
    private static final String FIRST = "20261126T024432123Z-1";
    private static final String SECOND = "20261126T024432123Z-2";
    private static final String THIRD = "20261127T000000000Z-1";

    @TempDir
    private Path folder;

    @Test
    void aReportIsThereForTheOwnerOnly() throws IOException {
        var written = keeping(5).write(FIRST, Map.of("crash.json", "{}", "envoy.log", "é\n"));

        assertThat(written).isEqualTo(crashes().resolve(FIRST));
        assertThat(Files.readString(written.resolve("envoy.log"))).isEqualTo("é\n");
        for (var path : new Path[] {crashes(), written}) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                    .isEqualTo("rwx------");
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(written.resolve("crash.json"))))
                .isEqualTo("rw-------");
    }

    @Test
    void onlyTheLastOnesStayAndWhatIsNotOursStaysToo() throws IOException {
        var crashes = keeping(2);
        crashes.write(SECOND, Map.of("a", "2"));
        var foreign = Files.createDirectory(crashes().resolve("notes"));
        crashes.write(FIRST, Map.of("a", "1"));

        crashes.write(THIRD, Map.of("a", "3"));

        assertThat(crashes.list())
                .containsExactly(crashes().resolve(SECOND), crashes().resolve(THIRD));
        assertThat(foreign).exists();
    }

    @Test
    void whatAKilledAgentLeftUnfinishedIsRemoved() throws IOException {
        var left = Files.createDirectories(crashes().resolve(".unfinished-" + FIRST));
        Files.writeString(left.resolve("crash.json"), "{");

        keeping(2).write(SECOND, Map.of("a", "2"));

        assertThat(left).doesNotExist();
        assertThat(keeping(2).list()).hasSize(1);
    }

    @Test
    void aReportThatCannotBeWrittenLeavesNothingAndTheOlderOnesStay() throws IOException {
        var crashes = keeping(1);
        crashes.write(FIRST, Map.of("a", "1"));

        assertThatIOException()
                .isThrownBy(() -> crashes.write(SECOND, Map.of("a", "2", "missing/b", "no such folder")));

        assertThat(crashes.list()).containsExactly(crashes().resolve(FIRST));
        try (var all = Files.list(crashes())) {
            assertThat(all).hasSize(1);
        }
    }

    @Test
    void withoutAFolderThereAreNone() {
        assertThat(keeping(1).list()).isEmpty();
    }

    private Path crashes() {
        return folder.resolve("state/crashes");
    }

    private CrashFolder keeping(int count) {
        return new CrashFolder(new CrashConfig(crashes(), count));
    }
}
