package dev.outrigger.sds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.outrigger.health.Condition;
import dev.outrigger.health.Gate;
import dev.outrigger.health.HealthBoard;
import dev.outrigger.testkit.FakeScheduler;
import dev.outrigger.testkit.TestCa;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileSourceTest {
    private static final String ID = TestIdentities.ID;
    private static final TestCa ROOT = TestCa.create("root");
    private static final TestCa CA = ROOT.intermediate("middle");
    private static final Duration HOUR = Duration.ofHours(1);

    @TempDir
    Path folder;

    private final FakeScheduler time = new FakeScheduler(InstantSource.system().instant());
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final Condition condition = new HealthBoard(time).condition("identity", Gate.INFORMATION, "not started");
    private final BlockingQueue<Identity> published = new LinkedBlockingQueue<>();
    private int versions;
    private @Nullable FileSource source;

    @AfterEach
    void close() {
        if (source != null) {
            source.close();
        }
    }

    @Test
    void filesThatFitTogetherAreTakenAtOnce() throws Exception {
        var issued = CA.issue(ID, HOUR);
        mount(issued);
        var started = start();

        var identity = next();
        assertThat(identity.spiffeId()).isEqualTo(ID);
        assertThat(identity.chain()).isEqualTo(issued.chain());
        assertThat(identity.key()).isEqualTo(issued.key());
        assertThat(identity.bundle()).containsExactly(ROOT.root());
        assertThat(started.status().source()).isEqualTo("files " + file("tls.crt"));
        assertThat(started.status().nextRotation()).isNull();
        assertThat(condition.state().met()).isTrue();
    }

    @Test
    void aSwapOfTheMountedFolderIsTakenByTheWatchAlone() throws Exception {
        mount(CA.issue(ID, HOUR));
        start();
        next();

        for (var swap = 0; swap < 5; swap++) { // the clock stands still: nothing is polled
            var issued = CA.issue(ID, HOUR);
            mount(issued);
            assertThat(next().chain()).isEqualTo(issued.chain());
        }
    }

    @Test
    void aLinkToTheWholeFolderIsFollowedToo() throws Exception {
        var current = folder.resolve("current");
        var first = plain(folder.resolve("v1"), CA.issue(ID, HOUR));
        Files.createSymbolicLink(current, first.getFileName());
        start(current);
        next();
        var issued = CA.issue(ID, HOUR);
        plain(folder.resolve("v2"), issued);

        swap(current, Path.of("v2"));

        assertThat(next().chain()).isEqualTo(issued.chain());
    }

    @Test
    void filesThatComeLaterAreTakenAndTheirAbsenceIsToldEveryFifteenSeconds() throws Exception {
        try (var log = new TestLog("dev.outrigger.sds")) {
            start();
            assertThat(condition.state().reason())
                    .isEqualTo("no identity yet: certificate file " + file("tls.crt")
                            + " does not exist; is it mounted into this container?");
            time.advance(Duration.ofSeconds(46));
            assertThat(log.lines(java.util.logging.Level.WARNING)).hasSize(4);
        }
        assertThat(failures()).isEqualTo(1); // now: the watch may see the files come one by one
        mount(CA.issue(ID, HOUR));
        time.advance(Duration.ofSeconds(6));
        next();
    }

    @Test
    void aChangeThatTheWatchMissesIsFoundByThePoll() throws Exception {
        var real = plain(folder.resolve("real"), CA.issue(ID, HOUR));
        start(real);
        next();
        var issued = CA.issue(ID, HOUR);
        source().unwatch();

        plain(real, issued);
        assertThat(published).isEmpty();
        time.advance(Duration.ofSeconds(6));

        assertThat(next().chain()).isEqualTo(issued.chain());
    }

    @Test
    void filesReplacedOneByOneAreTakenOnceTheyFitAndNothingIsComplainedAbout() throws Exception {
        var real = plain(folder.resolve("real"), CA.issue(ID, HOUR));
        var started = start(real);
        next();
        source().unwatch();
        var issued = CA.issue(ID, HOUR);

        Files.writeString(real.resolve("tls.crt"), issued.chainPem());
        assertThatThrownBy(() -> started.renew("test").get(10, TimeUnit.SECONDS))
                .hasMessageContaining("certificate in " + real.resolve("tls.crt"))
                .hasMessageContaining("the key of another certificate");
        time.advance(Duration.ofSeconds(1));
        assertThat(started.status().lastError()).isNull();
        Files.writeString(real.resolve("tls.key"), issued.keyPem());
        time.advance(Duration.ofMillis(300));

        assertThat(next().chain()).isEqualTo(issued.chain());
        assertThat(failures()).isZero();
    }

    @Test
    void filesThatNeverFitAreToldOnceAndTheOldIdentityStays() throws Exception {
        var good = CA.issue(ID, HOUR);
        var real = plain(folder.resolve("real"), good);
        var started = start(real);
        var identity = next();
        source().unwatch();

        Files.writeString(real.resolve("tls.crt"), CA.issue(ID, HOUR).chainPem());
        time.advance(Duration.ofMinutes(2));

        assertThat(started.latest().get()).contains(identity);
        assertThat(condition.state().met()).isTrue();
        assertThat(condition.state().reason()).contains("cannot be renewed: certificate in ");
        assertThat(failures()).isEqualTo(1);
        Files.writeString(real.resolve("tls.crt"), good.chainPem());
        time.advance(Duration.ofSeconds(6));
        assertThat(started.status().lastError())
                .as("the files are the ones in use again")
                .isNull();
    }

    @Test
    void eachKindOfBadFileIsRefusedWithAReasonThatNamesIt() throws Exception {
        var issued = CA.issue(ID, HOUR);
        var real = plain(folder.resolve("real"), issued);
        var started = start(real);
        next();
        source().unwatch();
        var foreign = CA.issue("spiffe://foreign.example/a", HOUR);

        refused(
                started,
                real,
                issued.chainPem(),
                issued.keyPem(),
                "",
                "bundle file " + real.resolve("ca.crt") + " is empty");
        refused(
                started,
                real,
                issued.chainPem(),
                issued.keyPem(),
                ROOT.rootPem().repeat(20_000),
                "at most 1048576");
        refused(
                started,
                real,
                issued.chainPem(),
                issued.keyPem(),
                TestCa.create("x").rootPem(),
                "not usable");
        refused(
                started,
                real,
                issued.chainPem().substring(0, 400),
                issued.keyPem(),
                ROOT.rootPem(),
                "tls.crt is cut off");
        refused(
                started,
                real,
                issued.chainPem(),
                issued.keyPem().substring(0, 60),
                ROOT.rootPem(),
                "tls.key is cut off");
        refused(
                started,
                real,
                foreign.chainPem(),
                foreign.keyPem(),
                ROOT.rootPem(),
                "foreign trust domain foreign.example");
        var old = CA.issue(ID, HOUR.negated());
        refused(started, real, old.chainPem(), old.keyPem(), ROOT.rootPem(), "expired");
        var early = CA.issue(ID, time.instant().plus(HOUR), time.instant().plus(HOUR.multipliedBy(2)));
        refused(started, real, early.chainPem(), early.keyPem(), ROOT.rootPem(), "is valid from");
        var host = CA.issue("web.example", HOUR);
        refused(started, real, host.chainPem(), host.keyPem(), ROOT.rootPem(), "not usable");
        Files.delete(real.resolve("tls.key"));
        Files.createDirectory(real.resolve("tls.key"));
        assertThat(reason(started)).contains("tls.key is not a regular file");
    }

    @Test
    void aCertificateThatIsNotYetValidIsTakenWhenItsTimeComes() throws Exception {
        var issued = CA.issue(ID, time.instant().plusSeconds(60), time.instant().plus(HOUR));
        mount(issued);
        start();
        time.advance(Duration.ofSeconds(30));
        assertThat(published).isEmpty();

        time.advance(Duration.ofSeconds(40));

        assertThat(next().chain()).isEqualTo(issued.chain());
    }

    @Test
    void anIdentityThatNobodyReplacesIsToldBeforeItEnds() throws Exception {
        try (var log = new TestLog("dev.outrigger.sds")) {
            mount(CA.issue(ID, HOUR));
            start();
            next();

            time.advance(Duration.ofMinutes(47));
            assertThat(log.lines(java.util.logging.Level.WARNING)).isEmpty();
            time.advance(Duration.ofMinutes(14));

            assertThat(log.lines(java.util.logging.Level.WARNING))
                    .hasSizeBetween(5, 12)
                    .first()
                    .asString()
                    .contains("SVID ends soon and has not been renewed");
            assertThat(condition.state().met()).isFalse();
        }
    }

    @Test
    void aClosedSourceReadsNoMore() throws Exception {
        mount(CA.issue(ID, HOUR));
        var started = start();
        next();

        started.close();
        started.close();
        mount(CA.issue(ID, HOUR));
        time.advance(HOUR);

        assertThat(published).isEmpty();
        assertThat(time.pending()).isEmpty();
        assertThatThrownBy(() -> started.renew("late").join()).hasMessageContaining("closed");
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2})
    void whateverTheFilesHoldIsTakenRightOrRefused(long seed) throws Exception {
        var random = new Random(seed);
        var issued = CA.issue(ID, HOUR);
        var good = List.of(issued.chainPem(), issued.keyPem(), ROOT.rootPem());
        var real = plain(folder.resolve("real"), issued);
        var started = start(real);
        next();
        source().unwatch();
        for (var run = 0; run < 1000; run++) {
            var bent = new java.util.ArrayList<>(
                    good.stream().map(FileSourceTest::bytes).toList());
            var at = random.nextInt(3);
            bent.set(at, Corruption.of(bent.get(at), random));
            Files.write(real.resolve("tls.crt"), bent.get(0));
            Files.write(real.resolve("tls.key"), bent.get(1));
            Files.write(real.resolve("ca.crt"), bent.get(2));

            var result = started.renew("test");

            assertThat(result).as("run " + run).isDone();
            if (result.isCompletedExceptionally()) {
                assertThat(result.exceptionNow().getMessage())
                        .doesNotContain(
                                "the files cannot be read",
                                "\n",
                                issued.keyPem().substring(40, 60));
            } else {
                assertThat(result.join().chain()).isEqualTo(issued.chain());
                assertThat(result.join().key()).isEqualTo(issued.key());
            }
        }
    }

    private void refused(FileSource started, Path real, String chain, String key, String bundle, String why)
            throws IOException {
        Files.writeString(real.resolve("tls.crt"), chain);
        Files.writeString(real.resolve("tls.key"), key);
        Files.writeString(real.resolve("ca.crt"), bundle);
        assertThat(reason(started)).contains(why);
        assertThat(published).isEmpty();
    }

    private static String reason(FileSource started) {
        var result = started.renew("test");
        assertThat(result).isCompletedExceptionally();
        return String.valueOf(result.exceptionNow().getMessage());
    }

    /// As a kubelet does: a new folder, and `..data` moved over to it.
    private void mount(TestCa.Issued issued) throws IOException {
        var volume = folder.resolve("volume");
        Files.createDirectories(volume);
        var version = plain(volume.resolve("..v" + versions++), issued);
        swap(volume.resolve("..data"), version.getFileName());
        for (var name : List.of("tls.crt", "tls.key", "ca.crt")) {
            if (!Files.isSymbolicLink(volume.resolve(name))) {
                Files.createSymbolicLink(volume.resolve(name), Path.of("..data", name));
            }
        }
    }

    private static void swap(Path link, Path target) throws IOException {
        var fresh = link.resolveSibling("..tmp");
        Files.createSymbolicLink(fresh, target);
        Files.move(fresh, link, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static Path plain(Path into, TestCa.Issued issued) throws IOException {
        Files.createDirectories(into);
        Files.writeString(into.resolve("tls.key"), issued.keyPem());
        Files.writeString(into.resolve("ca.crt"), issued.rootPem());
        Files.writeString(into.resolve("tls.crt"), issued.chainPem());
        return into;
    }

    private Path file(String name) {
        return folder.resolve("volume").resolve(name);
    }

    private FileSource start() {
        return start(folder.resolve("volume"));
    }

    private FileSource start(Path in) {
        var config = new IdentityConfig.Files(
                in.resolve("tls.crt"),
                in.resolve("tls.key"),
                in.resolve("ca.crt"),
                new IdentityConfig.Policy(Optional.of("test.example"), 0.5));
        var alarms = new Alarms(time, time, time);
        var keeper = new IdentityKeeper("files " + config.certificate(), registry, condition, alarms);
        keeper.latest().onChange(published::add);
        var started = FileSource.start(config, Runnable::run, alarms, keeper);
        source = started;
        return started;
    }

    private FileSource source() {
        return java.util.Objects.requireNonNull(source);
    }

    private Identity next() throws InterruptedException {
        var identity = published.poll(20, TimeUnit.SECONDS);
        if (identity == null) {
            throw new AssertionError("no identity; " + source().status());
        }
        return identity;
    }

    private int failures() {
        return (int) registry.get("outrigger.identity.failures")
                .tag("reason", "refused")
                .counter()
                .count();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
    }
}
