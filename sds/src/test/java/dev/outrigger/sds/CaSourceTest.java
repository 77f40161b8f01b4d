package dev.outrigger.sds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.outrigger.h2.H2Client;
import dev.outrigger.health.Condition;
import dev.outrigger.health.Gate;
import dev.outrigger.health.HealthBoard;
import dev.outrigger.sds.IdentityConfig.CaSecurity;
import dev.outrigger.sds.IdentityMetrics.Failure;
import dev.outrigger.testkit.FakeScheduler;
import dev.outrigger.testkit.TestCa;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Everything of the source but the wire: the clock stands still until a test moves it, and every request is
/// counted.
class CaSourceTest {
    private static final String ID = TestIdentities.ID;
    private static final TestCa CA = TestCa.create("root");
    private static final Duration HOUR = Duration.ofHours(1);
    private static final Duration DAY = Duration.ofHours(20); // within the life of the test roots

    @TempDir
    Path folder;

    private final FakeScheduler time = new FakeScheduler(InstantSource.system().instant());
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final Condition condition = new HealthBoard(time).condition("identity", Gate.INFORMATION, "not started");
    private final List<Identity> published = new ArrayList<>();
    private Optional<Path> bundleFile = Optional.empty();
    private TestAuthority authority;
    private @Nullable CaSource source;

    @BeforeEach
    void authority() throws IOException {
        authority = new TestAuthority(CA.intermediate("middle"), ID, time, DAY);
    }

    @AfterEach
    void close() {
        if (source != null) {
            source.close();
        }
        authority.close();
    }

    @ParameterizedTest
    @EnumSource(names = {"ECDSA_P256", "ECDSA_P384", "RSA_2048"})
    void aNewKeyIsCertifiedAndPublished(KeyType type) {
        var started = start(type, Runnable::run);

        var identity = published.getFirst();
        assertThat(identity.spiffeId()).isEqualTo(ID);
        assertThat(identity.chain()).hasSize(2);
        assertThat(identity.chain().getFirst().getIssuerX500Principal().getName())
                .contains("middle");
        assertThat(identity.bundle()).containsExactly(CA.root());
        assertThat(identity.key().getAlgorithm()).isEqualTo(type == KeyType.RSA_2048 ? "RSA" : "EC");
        assertThat(started.status().source()).isEqualTo("certificate authority ca.example:15012");
        assertThat(started.status().nextRotation())
                .isBetween(
                        time.instant().plus(Duration.ofHours(9)), time.instant().plus(Duration.ofHours(11)));
        assertThat(condition.state().reason()).contains("SVID " + ID + " expires");
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void itRotatesByItsOwnClockWithANewKeyEachTimeAndNobodySubscribed(long seed) {
        authority.ca.lifetime(HOUR);
        start(KeyType.ECDSA_P256, Runnable::run, seed);

        for (var minute = 0; minute < 8 * 60; minute++) {
            time.advance(Duration.ofMinutes(1));
            assertThat(published.getLast().expiresAt()).isAfter(time.instant());
        }

        assertThat(authority.asked).hasSizeBetween(14, 19);
        assertThat(authority.gaps())
                .doesNotHaveDuplicates()
                .allSatisfy(gap -> assertThat(gap).isBetween(Duration.ofMinutes(26), Duration.ofMinutes(34)));
        assertThat(published.stream().map(Identity::key).distinct()).hasSameSizeAs(published);
        assertThat(authority.requests).doesNotHaveDuplicates();
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void anOutageKeepsTheValidIdentityAndAsksABoundedNumberOfTimes(long seed) {
        var started = start(KeyType.ECDSA_P256, Runnable::run, seed);
        var before = published.getFirst();
        time.advance(Duration.ofHours(12));
        authority.fail(Failure.TIMEOUT, true);
        var identity = published.getLast();
        authority.asked.clear();

        var result = started.renew("test");
        time.advance(Duration.ofHours(2));

        assertThat(result).isCompletedExceptionally();
        assertThat(authority.asked).hasSizeBetween(120, 480);
        assertThat(authority.gaps().stream().skip(10))
                .allSatisfy(gap -> assertThat(gap).isLessThanOrEqualTo(Duration.ofSeconds(61)));
        assertThat(authority.gaps().stream().skip(10).distinct().count())
                .as("jittered")
                .isGreaterThan(50);
        assertThat(started.latest().get()).contains(identity).isNotEqualTo(Optional.of(before));
        assertThat(condition.state().met()).isTrue();
        assertThat(condition.state().reason()).contains("cannot be renewed: told to fail: TIMEOUT");
        assertThat(started.status().lastError()).isEqualTo("told to fail: TIMEOUT");
        assertThat(started.status().nextRotation()).isAfter(time.instant());
        assertThat(failures("timeout")).isEqualTo(authority.asked.size());
        authority.work();
        time.advance(Duration.ofSeconds(62));
        assertThat(published.getLast()).isNotEqualTo(identity);
        assertThat(condition.state().reason()).doesNotContain("cannot");
    }

    @Test
    void aRefusingAuthorityIsAskedSlowlyAndTheReasonIsTold() {
        authority.fail(Failure.UNAUTHENTICATED, false);
        start(KeyType.ECDSA_P256, Runnable::run);

        time.advance(HOUR);

        assertThat(authority.asked).hasSizeBetween(300, 720);
        assertThat(authority.gaps())
                .allSatisfy(gap -> assertThat(gap).isBetween(Duration.ofSeconds(5), Duration.ofMillis(10_001)));
        assertThat(condition.state().met()).isFalse();
        assertThat(condition.state().reason()).isEqualTo("no identity yet: told to fail: UNAUTHENTICATED");
    }

    @Test
    void shortLivedCertificatesAreRetriedInTimeAndNotInAHotLoop() {
        authority.ca.lifetime(Duration.ofSeconds(20));
        start(KeyType.ECDSA_P256, Runnable::run);
        authority.fail(Failure.UNAVAILABLE, true);
        authority.asked.clear();

        time.advance(Duration.ofSeconds(20));

        assertThat(authority.asked).as("in the ten seconds that were left").hasSizeBetween(8, 60);
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT-30H", "PT30H"})
    void aClockThatIsWrongMakesNoStorm(Duration skew) throws IOException {
        authority.close();
        authority = new TestAuthority(CA, ID, InstantSource.offset(time, skew), DAY);
        start(KeyType.ECDSA_P256, Runnable::run);

        time.advance(HOUR);

        assertThat(published).isEmpty();
        assertThat(authority.requests).hasSizeLessThan(720);
        assertThat(condition.state().reason()).contains("is the clock of this machine right?");
        assertThat(failures("refused")).isEqualTo(authority.requests.size());
    }

    @Test
    void aCertificateThatIsNearlyOverIsTakenAndTheNextOneNotAskedForAtOnce() throws IOException {
        authority.close();
        authority = new TestAuthority(
                CA, ID, InstantSource.offset(time, DAY.minusSeconds(10).negated()), DAY);
        start(KeyType.ECDSA_P256, Runnable::run);

        time.advance(HOUR);

        assertThat(published).isNotEmpty();
        assertThat(authority.requests).hasSizeLessThanOrEqualTo(61);
    }

    @Test
    void aRequestThatHangsIsGivenUpAndItsLateAnswerIgnored() {
        var tasks = new ArrayDeque<Runnable>();
        start(KeyType.ECDSA_P256, tasks::add);
        assertThat(tasks).hasSize(1);

        time.advance(Duration.ofSeconds(29));
        assertThat(tasks).hasSize(1);
        time.advance(Duration.ofSeconds(3));
        assertThat(condition.state().reason()).contains("the request hangs; it was given up");
        assertThat(tasks).hasSize(2);

        tasks.removeFirst().run();
        assertThat(published).isEmpty();
        tasks.removeFirst().run();
        assertThat(published).hasSize(1);
        assertThat(failures("timeout")).isEqualTo(1);
    }

    @Test
    void aMachineThatSleptThroughTheRotationRotatesWhenItWakes() {
        start(KeyType.ECDSA_P256, Runnable::run);

        time.setClock(time.instant().plus(Duration.ofHours(15)));
        time.advance(Duration.ofSeconds(31));

        assertThat(published).hasSize(2);
    }

    @Test
    void anOldRootStaysTrustedUntilWhatItSignedIsOver() {
        authority.ca.lifetime(HOUR);
        var started = start(KeyType.ECDSA_P256, Runnable::run);
        var successor = TestCa.create("successor");

        authority.ca.succeed(successor);
        var _ = started.renew("test");

        assertThat(published.getLast().bundle()).containsExactlyInAnyOrder(CA.root(), successor.root());
        assertThat(published.getLast().chain()).hasSize(1);
        time.advance(HOUR.plusMinutes(40));
        assertThat(published.getLast().bundle()).containsExactly(successor.root());
    }

    @Test
    void rootsFromAFileAreFollowedWithoutAnotherRequest() throws IOException {
        var file = folder.resolve("roots.pem");
        Files.writeString(file, CA.rootPem());
        bundleFile = Optional.of(file);
        var started = start(KeyType.ECDSA_P256, Runnable::run);
        var before = published.getFirst();
        var other = TestCa.create("other");

        Files.writeString(file, CA.rootPem() + other.rootPem());
        time.advance(Duration.ofSeconds(11));

        assertThat(published.getLast().chain()).isEqualTo(before.chain());
        assertThat(published.getLast().key()).isEqualTo(before.key());
        assertThat(published.getLast().bundle()).containsExactlyInAnyOrder(CA.root(), other.root());
        Files.writeString(file, other.rootPem());
        time.advance(Duration.ofSeconds(31));
        assertThat(published).as("roots that do not cover the certificate").hasSize(2);
        assertThat(started.status().lastError()).contains("bundle refused").contains(file.toString());
        assertThat(failures("refused")).isEqualTo(1);
        Files.writeString(file, CA.rootPem() + other.rootPem());
        time.advance(Duration.ofSeconds(11));
        assertThat(started.status().lastError()).isNull();
        assertThat(authority.asked).hasSize(1);
    }

    @Test
    void whatMustNotBeUsedIsRefusedWithItsReasonAndTheOldOneStays() throws IOException {
        var started = start(KeyType.ECDSA_P256, Runnable::run);
        var good = published.getFirst();
        var stranger = TestCa.create("stranger").issue(ID, HOUR);

        refused(started, parts -> List.of(stranger.chainPem(), stranger.rootPem()), "the key of another certificate");
        refused(started, parts -> parts.subList(0, 1), "the answer has 1 parts");
        refused(started, _ -> List.of(), "the answer has 0 parts");
        refused(started, parts -> List.of(parts.getFirst(), ""), "holds no certificate");
        refused(started, parts -> List.of(parts.getFirst(), parts.getLast()), "not usable"); // intermediate missing
        refused(
                started,
                parts -> List.of(parts.getFirst(), parts.get(1), stranger.rootPem()),
                "not usable"); // foreign root
        refused(
                started,
                parts -> List.of(parts.getFirst().substring(0, 200), parts.get(1), parts.getLast()),
                "cut off in the middle of a PEM block");
        refused(
                started,
                parts -> List.of(parts.getFirst(), parts.get(1), "x".repeat(10 << 20)),
                "has 10485761 bytes; at most 1048576 are read");
        refused(
                started,
                parts -> List.of(parts.getFirst(), stranger.chainPem(), parts.get(1), parts.getLast()),
                "no part of its chain");

        assertThat(published).containsExactly(good);
        assertThat(started.latest().get()).contains(good);
        authority.bend(parts -> List.of(parts.get(1), parts.getFirst(), parts.getLast()));
        var _ = started.renew("out of order, but clear");
        assertThat(published).hasSize(2);
        assertThat(published.getLast().chain()).hasSize(2);
    }

    @Test
    void aForeignTrustDomainIsRefused() throws IOException {
        authority.close();
        authority = new TestAuthority(CA, "spiffe://foreign.example/ns/a/sa/b", time, DAY);
        start(KeyType.ECDSA_P256, Runnable::run);

        assertThat(condition.state().reason())
                .contains("is of the foreign trust domain foreign.example, not of test.example");
    }

    @Test
    void aClosedSourceAsksNoMoreAndKeepsItsIdentity() {
        var started = start(KeyType.ECDSA_P256, Runnable::run);

        started.close();
        started.close();
        time.advance(Duration.ofDays(2));

        assertThat(time.pending()).isEmpty();
        assertThat(authority.asked).hasSize(1);
        assertThat(started.latest().get()).isPresent();
        assertThatThrownBy(() -> started.renew("late").join()).hasMessageContaining("closed");
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2})
    void whateverAnAuthorityAnswersIsTakenRightOrRefused(long seed) {
        var random = new Random(seed);
        var started = start(KeyType.ECDSA_P256, Runnable::run);

        for (var run = 0; run < 1500; run++) {
            authority.bend(parts -> Corruption.of(parts, random));
            var result = started.renew("test");

            assertThat(result).as("run " + run).isDone();
            if (result.isCompletedExceptionally()) {
                assertThat(started.status().lastError())
                        .isNotBlank()
                        .hasSizeLessThan(1000)
                        .doesNotContain("\n");
            } else {
                assertThat(result.join().bundle()).contains(CA.root());
            }
        }
        assertThat(failures("issue")).as("exceptions nobody foresaw").isZero();
    }

    private void refused(CaSource started, java.util.function.UnaryOperator<List<String>> how, String reason) {
        authority.bend(how);
        assertThat(started.renew("test")).isCompletedExceptionally();
        assertThat(started.status().lastError()).startsWith("answer refused: ").contains(reason);
        assertThat(condition.state().met()).isTrue();
        assertThat(condition.state().reason()).contains(reason);
    }

    private CaSource start(KeyType key, Executor worker) {
        return start(key, worker, 1);
    }

    private CaSource start(KeyType key, Executor worker, long seed) {
        var config = new IdentityConfig.Ca(
                InetSocketAddress.createUnresolved("ca.example", 15012),
                new CaSecurity.Plaintext(),
                Optional.empty(),
                Map.of(),
                Optional.empty(),
                ID,
                key,
                DAY,
                Duration.ofSeconds(10),
                bundleFile,
                new IdentityConfig.Policy(Optional.of("test.example"), 0.5));
        var alarms = new Alarms(time, time, time);
        var keeper = new IdentityKeeper(
                "certificate authority " + H2Client.Target.authority(config.address()), registry, condition, alarms);
        keeper.latest().onChange(published::add);
        var started = CaSource.start(config, authority, worker, alarms, keeper, new Random(seed));
        source = started;
        return started;
    }

    private int failures(String reason) {
        return (int) registry.get("outrigger.identity.failures")
                .tag("reason", reason)
                .counter()
                .count();
    }
}
