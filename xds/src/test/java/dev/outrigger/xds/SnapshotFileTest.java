package dev.outrigger.xds;

import static dev.outrigger.xds.Messages.CDS;
import static dev.outrigger.xds.Messages.NDS;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.outrigger.testkit.FakeScheduler;
import dev.outrigger.xds.Snapshot.Client;
import dev.outrigger.xds.Snapshot.KeptType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SnapshotFileTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final Duration DAY = Duration.ofDays(1);
    private static final Duration PATIENCE = Duration.ofSeconds(3);
    private static final List<String> CONTROL_PLANES = List.of("cp:15012");

    @TempDir
    Path folder;

    private Path path;
    private SnapshotFile file;

    @BeforeEach
    void place() {
        path = folder.resolve("xds-snapshot");
        file = new SnapshotFile(path);
    }

    @Test
    void whatIsWrittenIsRead() throws IOException {
        file.write(snapshot("n", NOW));

        assertThat(text(read())).isEqualTo(text(snapshot("n", NOW)));
    }

    @Test
    void noFileIsNoSnapshot() throws IOException {
        assertThat(file.read()).isNull();
    }

    @Test
    void itIsForTheOwnerOnly() throws IOException {
        file.write(snapshot("n", NOW));

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                .isEqualTo("rw-------");
    }

    @Test
    void aFileThatIsDamagedAnywhereIsRefusedWithAReason() throws IOException {
        file.write(snapshot("n", NOW));
        var good = Files.readAllBytes(path);

        for (int at = 0; at < good.length; at++) {
            var bad = good.clone();
            bad[at] ^= (byte) (1 << at % 8);
            Files.write(path, bad);

            assertThatThrownBy(file::read).as("byte " + at).isInstanceOf(IOException.class);
        }
    }

    @Test
    void aFileThatIsCutAnywhereIsRefusedWithAReason() throws IOException {
        file.write(snapshot("n", NOW));
        var good = Files.readAllBytes(path);

        for (int length = 0; length < good.length; length++) {
            Files.write(path, Arrays.copyOf(good, length));

            assertThatThrownBy(file::read).as("length " + length).isInstanceOf(IOException.class);
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void aFileThatIsDamagedInSeveralPlacesIsRefusedWithAReasonAndNeverStopsAStart(long seed) throws IOException {
        file.write(snapshot("n", NOW));
        var good = Files.readAllBytes(path);
        var random = new Random(seed);
        for (int run = 0; run < 60; run++) {
            var bad = Arrays.copyOf(good, good.length - random.nextInt(good.length / 2));
            for (int flips = 1 + random.nextInt(8); flips > 0; flips--) {
                bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
            }
            if (Arrays.equals(good, bad)) {
                continue;
            }
            Files.write(path, bad);
            var scheduler = new FakeScheduler(NOW);
            var known = new KnownGood("n", CONTROL_PLANES, DAY, scheduler, Runnable::run);

            assertThatThrownBy(file::read)
                    .isInstanceOf(IOException.class)
                    .message()
                    .isNotBlank();
            try (var _ = start(known, scheduler)) {
                assertThat(known.counts()).isEmpty();
            }
        }
    }

    @Test
    void itReplacesAFileThatOthersCouldReadAndALinkButNotWhatTheLinkIsTo() throws IOException {
        var elsewhere = Files.writeString(folder.resolve("elsewhere"), "mine");
        Files.createSymbolicLink(path, elsewhere);
        file.write(snapshot("n", NOW));

        assertThat(Files.isSymbolicLink(path)).isFalse();
        assertThat(elsewhere).hasContent("mine");
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-rw-rw-"));
        file.write(snapshot("n", NOW));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                .isEqualTo("rw-------");
    }

    @Test
    void aWriterThatIsKilledLeavesTheLastWholeFile() throws Exception {
        file.write(snapshot("n", NOW));
        for (int kill = 0; kill < 3; kill++) {
            var writer = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xshare:auto",
                            "-XX:TieredStopAtLevel=1",
                            "-cp",
                            System.getProperty("java.class.path"),
                            EndlessWriter.class.getName(),
                            path.toString())
                    .redirectErrorStream(true)
                    .start();
            try (var out = writer.getInputStream()) {
                assertThat(out.read()).isEqualTo('.'); // it writes, over and over
            } finally {
                writer.destroyForcibly().onExit().get(20, TimeUnit.SECONDS);
            }
            assertThat(read().node()).startsWith("n");
        }
    }

    /// Run as a process of its own.
    static final class EndlessWriter {
        private EndlessWriter() {}

        public static void main(String[] arguments) throws IOException {
            var file = new SnapshotFile(Path.of(arguments[0]));
            while (true) {
                file.write(snapshot("n" + "x".repeat(1 << 20), NOW));
                System.out.print('.');
                System.out.flush();
            }
        }
    }

    @Test
    void theFileOfAnotherFormatIsRefused() throws IOException {
        file.write(snapshot("n", NOW));
        var bytes = Files.readAllBytes(path);
        bytes[11] = 1;
        Files.write(path, bytes);

        assertThatThrownBy(file::read).hasMessage("its format is 1, this agent reads 2");
    }

    @Test
    void steadyChurnOfALargeStateIsNotWrittenEachSecond() throws IOException {
        var scheduler = new FakeScheduler(NOW);
        var known = new KnownGood("n", CONTROL_PLANES, DAY, scheduler, Runnable::run);
        var versions = new LinkedHashSet<String>();
        try (var _ = start(known, scheduler)) {
            known.answering(true);
            for (int i = 0; i < 600; i++) {
                known.accepted(push("" + i), List.of(new HandledResource("", "" + i, new byte[2_000_000])), true);
                scheduler.advance(Duration.ofMillis(100));
                if (Files.exists(path)) {
                    versions.add(FileTime.from(Files.getLastModifiedTime(path).toInstant()) + " " + Files.size(path));
                }
            }
            // 2 MB at 200 kB a second: one second after the first change, then every ten.
            assertThat(versions).hasSizeBetween(2, 7);

            known.answering(false);
            scheduler.advance(Duration.ZERO); // what waits, waits no longer
            assertThat(text(read())).contains(" 599[");
        }
    }

    private SnapshotSaver start(KnownGood known, FakeScheduler scheduler) {
        return SnapshotSaver.start(
                known, new SnapshotConfig(path, DAY, PATIENCE, "n"), scheduler, Runnable::run, scheduler, () -> {});
    }

    @Test
    void seededNoiseIsRefusedWithAReason() throws IOException {
        var random = new Random(11);
        for (int run = 0; run < 200; run++) {
            var noise = new byte[random.nextInt(400)];
            random.nextBytes(noise);
            Files.write(path, noise);

            assertThatThrownBy(file::read).isInstanceOf(IOException.class);
        }
    }

    @Test
    void whatAKilledAgentLeftUnfinishedHarmsNeitherReadersNorWriters() throws IOException {
        file.write(snapshot("n", NOW));
        Files.writeString(folder.resolve("xds-snapshot.tmp"), "half a snap");

        assertThat(text(read())).isEqualTo(text(snapshot("n", NOW)));
        file.write(snapshot("m", NOW));
        assertThat(text(read())).isEqualTo(text(snapshot("m", NOW)));
        assertThat(folder.resolve("xds-snapshot.tmp")).doesNotExist();
    }

    @Test
    void aSnapshotOfAnotherNodeControlPlaneOrTimeIsRefused() {
        var known = new KnownGood("n", CONTROL_PLANES, DAY, () -> NOW, Runnable::run);

        assertThat(known.refusal(snapshot("n", NOW.minus(DAY)))).isNull();
        assertThat(known.refusal(snapshot("other", NOW))).contains("of node other");
        assertThat(known.refusal(snapshot("n", NOW.minus(DAY).minusMillis(1))))
                .contains("older than xds-snapshot-max-age");
        assertThat(new KnownGood("n", List.of("b:1"), DAY, () -> NOW, Runnable::run).refusal(snapshot("n", NOW)))
                .contains("of control plane [cp:15012]");
    }

    @Test
    void aRefusedFileDoesNotStopAStartAndIsReplacedByTheNextChange() throws IOException {
        Files.writeString(path, "no snapshot at all, and long enough to have a checksum at its end");
        var scheduler = new FakeScheduler(NOW);
        var known = new KnownGood("n", CONTROL_PLANES, DAY, scheduler, Runnable::run);

        try (var _ = start(known, scheduler)) {
            assertThat(known.counts()).isEmpty();
            known.accepted(push("1"), List.of(new HandledResource("", "1", new byte[] {7})), true);
            scheduler.advance(Duration.ofSeconds(1));

            assertThat(file.read()).isNotNull();
        }
    }

    @Test
    void aBurstOfChangesIsOneWriteAndTheLatestWins() throws IOException {
        var scheduler = new FakeScheduler(NOW);
        var known = new KnownGood("n", CONTROL_PLANES, DAY, scheduler, Runnable::run);
        try (var _ = start(known, scheduler)) {
            for (int i = 1; i <= 50; i++) {
                known.accepted(push("" + i), List.of(new HandledResource("", "" + i, new byte[0])), true);
            }
            scheduler.advance(Duration.ofMillis(999));
            assertThat(path).doesNotExist();
            scheduler.advance(Duration.ofMillis(1));

            assertThat(text(read())).contains("50");
        }
    }

    @Test
    void closeWritesWhatIsNotOnDiskYet() throws IOException {
        var scheduler = new FakeScheduler(NOW);
        var known = new KnownGood("n", CONTROL_PLANES, DAY, scheduler, Runnable::run);
        var saver = start(known, scheduler);
        known.accepted(push("9"), List.of(new HandledResource("", "9", new byte[0])), true);

        saver.close();

        assertThat(text(read())).contains("9");
    }

    @Test
    void aQuietControlPlaneDoesNotMakeTheFileOldWhileItAnswers() throws IOException {
        var scheduler = new FakeScheduler(NOW);
        var known = new KnownGood("n", CONTROL_PLANES, DAY, scheduler, Runnable::run);
        try (var _ = start(known, scheduler)) {
            known.accepted(push("1"), List.of(), true);
            known.answering(true);
            scheduler.advance(Duration.ofDays(3));
            assertThat(known.refusal(read())).isNull();

            known.answering(false);
            scheduler.advance(Duration.ofDays(2));
            assertThat(known.refusal(read())).contains("older");
            assertThat(known.age()).isEqualTo(Duration.ofDays(2));
        }
    }

    private Snapshot read() throws IOException {
        return Objects.requireNonNull(file.read());
    }

    private static Push push(String version) {
        return new Push(NDS, version, "x", 1, Listing.EMPTY, Listing.EMPTY, Message.of(new byte[0]));
    }

    private static Snapshot snapshot(String node, Instant asOf) {
        var resources = new KeptResources();
        resources.put("a", "1", "content of a".getBytes(UTF_8));
        resources.put("ü", "", new byte[0]);
        var types = new LinkedHashMap<String, KeptType>();
        types.put(CDS, new KeptType("7", null, resources));
        types.put("other", new KeptType("8", "whole".getBytes(UTF_8), new KeptResources()));
        var clients = new LinkedHashMap<Client, Map<String, KeptType>>();
        clients.put(new Client(node, "envoy"), types);
        return new Snapshot(node, CONTROL_PLANES, asOf, clients);
    }

    private static String text(Snapshot snapshot) {
        var lines = new ArrayList<String>();
        lines.add(snapshot.node() + snapshot.controlPlanes() + snapshot.asOf());
        snapshot.clients()
                .forEach((client, types) -> types.forEach((typeUrl, type) -> {
                    lines.add(client + typeUrl + type.version() + Arrays.toString(type.whole()));
                    var resources = type.resources();
                    IntStream.range(0, resources.count())
                            .forEach(row -> lines.add(resources.name(row) + " " + resources.version(row)
                                    + Arrays.toString(resources.value(row))));
                }));
        return String.join("\n", lines);
    }
}
