package dev.outrigger.xds;

import static dev.outrigger.xds.Messages.CDS;
import static dev.outrigger.xds.Messages.NDS;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.outrigger.testkit.FakeScheduler;
import dev.outrigger.xds.Snapshot.Client;
import dev.outrigger.xds.Snapshot.KeptType;
import dev.outrigger.xds.Snapshot.Resource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotFileTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final Duration DAY = Duration.ofDays(1);
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
        var known = new KnownGood("n", CONTROL_PLANES, DAY, () -> NOW);

        assertThat(known.refusal(snapshot("n", NOW.minus(DAY)))).isNull();
        assertThat(known.refusal(snapshot("other", NOW))).contains("of node other");
        assertThat(known.refusal(snapshot("n", NOW.minus(DAY).minusMillis(1))))
                .contains("older than xds-snapshot-max-age");
        assertThat(new KnownGood("n", List.of("b:1"), DAY, () -> NOW).refusal(snapshot("n", NOW)))
                .contains("of control plane [cp:15012]");
    }

    @Test
    void aRefusedFileDoesNotStopAStartAndIsReplacedByTheNextChange() throws IOException {
        Files.writeString(path, "no snapshot at all, and long enough to have a checksum at its end");
        var scheduler = new FakeScheduler(NOW);
        var known = new KnownGood("n", CONTROL_PLANES, DAY, scheduler);

        try (var _ = SnapshotSaver.start(known, new SnapshotConfig(path, DAY, "n"), scheduler, Runnable::run)) {
            assertThat(known.counts()).isEmpty();
            known.accepted(push("1"), List.of(new HandledResource("", "1", new byte[] {7})), true);
            scheduler.advance(Duration.ofSeconds(1));

            assertThat(file.read()).isNotNull();
        }
    }

    @Test
    void aBurstOfChangesIsOneWriteAndTheLatestWins() throws IOException {
        var scheduler = new FakeScheduler(NOW);
        var known = new KnownGood("n", CONTROL_PLANES, DAY, scheduler);
        try (var _ = SnapshotSaver.start(known, new SnapshotConfig(path, DAY, "n"), scheduler, Runnable::run)) {
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
        var known = new KnownGood("n", CONTROL_PLANES, DAY, scheduler);
        var saver = SnapshotSaver.start(known, new SnapshotConfig(path, DAY, "n"), scheduler, Runnable::run);
        known.accepted(push("9"), List.of(new HandledResource("", "9", new byte[0])), true);

        saver.close();

        assertThat(text(read())).contains("9");
    }

    @Test
    void aQuietControlPlaneDoesNotMakeTheFileOldWhileItAnswers() throws IOException {
        var scheduler = new FakeScheduler(NOW);
        var known = new KnownGood("n", CONTROL_PLANES, DAY, scheduler);
        try (var _ = SnapshotSaver.start(known, new SnapshotConfig(path, DAY, "n"), scheduler, Runnable::run)) {
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
        var resources = new LinkedHashMap<String, Resource>();
        resources.put("a", new Resource("1", "content of a".getBytes(UTF_8)));
        resources.put("ü", new Resource("", new byte[0]));
        var types = new LinkedHashMap<String, KeptType>();
        types.put(CDS, new KeptType("7", null, resources));
        types.put("other", new KeptType("8", "whole".getBytes(UTF_8), new LinkedHashMap<>()));
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
                    type.resources()
                            .forEach((name, it) -> lines.add(name + " " + it.version() + Arrays.toString(it.value())));
                }));
        return String.join("\n", lines);
    }
}
