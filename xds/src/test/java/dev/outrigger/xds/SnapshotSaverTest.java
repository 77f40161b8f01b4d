package dev.outrigger.xds;

import static dev.outrigger.xds.Messages.CDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrigger.testkit.FakeScheduler;
import dev.outrigger.xds.Snapshot.Client;
import dev.outrigger.xds.Snapshot.KeptType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(20)
class SnapshotSaverTest {
    private static final Client ENVOY = new Client("n", "envoy");

    @TempDir
    Path folder;

    private final FakeScheduler scheduler = new FakeScheduler(Instant.parse("2026-03-01T12:00:00Z"));
    private final KnownGood known = new KnownGood("n", List.of("cp"), Duration.ofHours(24), scheduler, Runnable::run);
    private final List<Thread> writers = new ArrayList<>();

    @Test
    void nothingIsWrittenAnyMoreOnceItIsClosed() throws Exception {
        var file = folder.resolve("known");
        var config = new SnapshotConfig(file, Duration.ofHours(24), Duration.ofSeconds(5), "n");
        var saver = SnapshotSaver.start(known, config, scheduler, this::onAThread, scheduler, () -> {});
        known.answering(true);
        known.restore(new Snapshot("n", List.of("cp"), scheduler.instant(), Map.of(ENVOY, clusters())));
        known.answering(false);

        Thread closing;
        synchronized (known) { // whoever writes needs what is known
            scheduler.advance(Duration.ofSeconds(1));
            awaitBlocked(writers.getLast());
            closing = Thread.ofPlatform().start(saver::close);
            awaitBlocked(closing);
        }
        closing.join();
        Files.deleteIfExists(file);
        for (var writer : writers) {
            writer.join();
        }

        assertThat(folder).isEmptyDirectory();
    }

    private void onAThread(Runnable work) {
        writers.add(Thread.ofPlatform().start(work));
    }

    private static void awaitBlocked(Thread thread) {
        while (thread.getState() != Thread.State.BLOCKED) {
            Thread.onSpinWait();
        }
    }

    private static Map<String, KeptType> clusters() {
        var resources = new KeptResources();
        resources.put("a", "1", new byte[] {1});
        return new LinkedHashMap<>(Map.of(CDS, new KeptType("1", null, resources)));
    }
}
