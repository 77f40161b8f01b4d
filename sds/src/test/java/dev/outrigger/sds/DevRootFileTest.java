package dev.outrigger.sds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.outrigger.testkit.TestCa;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DevRootFileTest {
    private static final InstantSource CLOCK = InstantSource.system();

    @TempDir
    Path folder;

    @Test
    void folderAndFileAreTheOwnersOnly() throws Exception {
        var ca = folder.resolve("deep/ca");

        new DevRootFile(ca).openOrCreate(CLOCK);

        assertThat(permissions(ca)).isEqualTo("rwx------");
        assertThat(permissions(ca.resolve("dev-ca.pem"))).isEqualTo("rw-------");
        try (var files = Files.list(ca)) {
            assertThat(files).hasSize(1);
        }
    }

    @Test
    void agentsThatStartAtOnceGetTheSameRoot() throws Exception {
        var roots = new HashSet<>();
        try (var threads = Executors.newFixedThreadPool(8)) {
            var starts = new ArrayList<Callable<DevRoot>>();
            for (var i = 0; i < 16; i++) {
                starts.add(() -> new DevRootFile(folder.resolve("ca")).openOrCreate(CLOCK));
            }
            for (var root : threads.invokeAll(starts, 20, TimeUnit.SECONDS)) {
                roots.add(root.get().certificate());
            }
        }

        assertThat(roots).hasSize(1);
    }

    @Test
    void aKeyThatOthersMayReadIsWarnedOf() throws Exception {
        new DevRootFile(folder).openOrCreate(CLOCK);
        Files.setPosixFilePermissions(folder.resolve("dev-ca.pem"), PosixFilePermissions.fromString("rw-r-----"));

        try (var log = new TestLog(DevRootFile.class.getName())) {
            new DevRootFile(folder).openOrCreate(CLOCK);

            assertThat(log.lines())
                    .singleElement()
                    .asString()
                    .contains("dev-ca.pem")
                    .contains("chmod 600");
        }
    }

    @Test
    void aFileThatIsNoRootIsNamedAndLeftAlone() throws Exception {
        var file = Files.writeString(folder.resolve("dev-ca.pem"), "nonsense");

        assertThatThrownBy(() -> new DevRootFile(folder).openOrCreate(CLOCK))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(file + " is not a usable root: it holds no PEM block")
                .hasMessageContaining("delete it");
        assertThat(file).hasContent("nonsense");
    }

    @Test
    void aKeyOfAnotherRootIsNamedWithoutBeingShown() throws Exception {
        var one = DevRoot.create(CLOCK.instant());
        var other = DevRoot.create(CLOCK.instant());
        var key = Pem.block("PRIVATE KEY", other.key().getEncoded());
        Files.writeString(folder.resolve("dev-ca.pem"), Pem.certificates(List.of(one.certificate())) + key);

        assertThatThrownBy(() -> new DevRootFile(folder).openOrCreate(CLOCK))
                .hasMessageContaining("its key does not belong to its certificate")
                .message()
                .doesNotContain(key.lines().skip(1).findFirst().orElseThrow());
    }

    @Test
    void aLeafIsNoRoot() throws Exception {
        var leaf = TestCa.create("root").issue("spiffe://a/b", Duration.ofHours(1));
        Files.writeString(folder.resolve("dev-ca.pem"), leaf.chainPem() + leaf.keyPem());

        assertThatThrownBy(() -> new DevRootFile(folder).openOrCreate(CLOCK)).hasMessageContaining("not a usable root");
    }

    @Test
    void anExpiredRootIsNamed() throws Exception {
        new DevRootFile(folder).openOrCreate(CLOCK);

        assertThatThrownBy(() -> new DevRootFile(folder)
                        .openOrCreate(InstantSource.fixed(CLOCK.instant().plus(Duration.ofDays(4000)))))
                .hasMessageContaining("it expired")
                .hasMessageContaining("delete it");
    }

    @Test
    void aFolderThatCannotBeMadeIsNamed() throws Exception {
        var file = Files.writeString(folder.resolve("file"), "");

        assertThatThrownBy(() -> new DevRootFile(file.resolve("ca")).openOrCreate(CLOCK))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("development CA")
                .hasMessageContaining(file.resolve("ca").toString());
    }

    private static String permissions(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }
}
