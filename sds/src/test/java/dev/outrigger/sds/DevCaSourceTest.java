package dev.outrigger.sds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.outrigger.health.Condition;
import dev.outrigger.health.Gate;
import dev.outrigger.health.HealthBoard;
import dev.outrigger.testkit.FakeScheduler;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DevCaSourceTest {
    private static final String ID = "spiffe://dev.example/ns/default/sa/web";
    private static final Instant START = Instant.parse("2030-01-01T00:00:00.250Z");
    private static final Duration HOUR = Duration.ofHours(1);

    @TempDir
    Path folder;

    private final FakeScheduler time = new FakeScheduler(START);
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final Condition condition = new HealthBoard(time).condition("identity", Gate.INFORMATION, "not started");
    private final List<Instant> rotations = new ArrayList<>();

    @Test
    void theFirstIdentityIsThereAtOnce() throws Exception {
        try (var source = start(HOUR, 1)) {
            var identity = source.latest().get().orElseThrow();

            assertThat(identity.spiffeId()).isEqualTo(ID);
            assertThat(identity.trustDomain()).isEqualTo("dev.example");
            assertThat(identity.expiresAt())
                    .isBetween(START.plus(HOUR), START.plus(HOUR).plusSeconds(1));
            assertThat(identity.notBefore()).isBefore(START.minusSeconds(30));
            assertThat(condition.state().met()).isTrue();
            assertThat(condition.state().reason()).contains(ID).contains("expires 2030-01-01T01:00:01Z");
            assertThat(source.status().source()).isEqualTo("development CA");
            assertThat(source.status().rotations()).isEqualTo(1);
            assertThat(registry.get("outrigger.identity.expiry").gauge().value())
                    .isBetween(3600.0, 3601.0);
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void itRotatesAboutHalfwayWithJitter(long seed) throws Exception {
        try (var source = start(HOUR, seed)) {
            var serials = new ArrayList<Object>();
            source.latest()
                    .onChange(
                            identity -> serials.add(identity.chain().getFirst().getSerialNumber()));
            time.advance(Duration.ofHours(10));

            var gaps = new ArrayList<Duration>();
            for (var i = 1; i < rotations.size(); i++) {
                gaps.add(Duration.between(rotations.get(i - 1), rotations.get(i)));
            }
            assertThat(gaps)
                    .hasSizeBetween(17, 23)
                    .doesNotHaveDuplicates()
                    .allSatisfy(gap -> assertThat(gap)
                            .isBetween(
                                    Duration.ofMinutes(27),
                                    Duration.ofMinutes(33).plusSeconds(1)));
            assertThat(serials).doesNotHaveDuplicates().hasSameSizeAs(rotations);
            assertThat(source.status().rotations()).isEqualTo(rotations.size());
            assertThat(source.status().nextRotation()).isAfter(time.instant());
            assertThat(registry.get("outrigger.identity.rotations").counter().count())
                    .isEqualTo(rotations.size());
        }
    }

    @Test
    void aRenewalCompletesWithTheIdentityThatIsThenPublished() throws Exception {
        try (var source = start(HOUR, 1)) {
            var before = source.latest().get().orElseThrow();
            time.advance(Duration.ofMinutes(10));

            var renewed = source.renew("asked by a test").join();

            assertThat(renewed)
                    .isNotEqualTo(before)
                    .isEqualTo(source.latest().get().orElseThrow());
            time.advance(Duration.ofMinutes(26));
            assertThat(rotations).as("the rotation moved with the renewal").hasSize(2);
        }
    }

    @Test
    void aClosedOneKeepsItsIdentityAndRotatesNoMore() throws Exception {
        var source = start(HOUR, 1);
        var last = source.latest().get();

        source.close();
        source.close();
        time.advance(Duration.ofDays(1));

        assertThat(source.latest().get()).isEqualTo(last);
        assertThat(time.pending()).isEmpty();
        assertThatThrownBy(() -> source.renew("late").join())
                .hasRootCauseInstanceOf(IOException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void renewingAfterTheOwnerIsGoneFailsInsteadOfThrowing() throws Exception {
        var source = start(HOUR, 1);
        time.shutdown();

        assertThat(source.renew("late")).isCompletedExceptionally();
        source.close();
    }

    @Test
    void closeToTheEndOfTheRootItNeitherLoopsNorIssuesBeyondIt() throws Exception {
        try (var source = start(Duration.ofDays(30), 1)) {
            time.setClock(START.plus(Duration.ofDays(3650).minusHours(2)));
            time.advance(Duration.ofMinutes(1));
            rotations.clear();
            var log = new TestLog(IdentityKeeper.class.getName());

            time.advance(Duration.ofHours(3));

            var identity = source.latest().get().orElseThrow();
            var rootEnd = identity.bundle().getFirst().getNotAfter().toInstant();
            assertThat(identity.expiresAt()).isEqualTo(rootEnd);
            assertThat(rotations).hasSizeLessThan(40).allMatch(at -> at.isBefore(rootEnd));
            assertThat(condition.state().met()).isFalse();
            assertThat(condition.state().reason()).contains("root").contains("expired");
            assertThat(log.lines()).anyMatch(line -> line.contains("SVID expired"));
            log.close();
        }
    }

    @Test
    void aClockThatJumpsAheadIsAnsweredWithAFreshIdentity() throws Exception {
        try (var source = start(HOUR, 1)) {
            time.setClock(START.plus(Duration.ofDays(20)));
            time.advance(Duration.ofSeconds(31));

            assertThat(source.latest().get().orElseThrow().expiresAt())
                    .isAfter(time.instant().plusSeconds(3000));
            assertThat(condition.state().met()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "web",
                "spiffe://dev.example",
                "spiffe://dev.example/",
                "https://dev.example/a",
                "spiffe:///a",
                "spiffe://Dev Example/a"
            })
    void whatIsNoSpiffeIdOfAWorkloadIsNamed(String id) {
        assertThatThrownBy(() -> start(new IdentityConfig.DevCa(id, HOUR, Optional.empty()), 1))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("'" + id + "' is not the SPIFFE ID of a workload")
                .hasMessageContaining("spiffe://trust-domain/path");
    }

    @Test
    void aLifetimeThatIsTooShortIsNamed() {
        assertThatThrownBy(() -> start(Duration.ofMillis(1999), 1))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("PT1.999S is too short");
    }

    @Test
    void theShortestLifetimeIsAlwaysRenewedInTime() throws Exception {
        try (var source = start(Duration.ofSeconds(2), 1)) {
            for (var i = 0; i < 200; i++) {
                time.advance(Duration.ofMillis(100));
                assertThat(source.latest().get().orElseThrow().expiresAt()).isAfter(time.instant());
            }
            assertThat(rotations).hasSizeBetween(10, 25);
        }
    }

    @Test
    void anEndlessLifetimeEndsWithTheRoot() throws Exception {
        try (var source = start(Duration.ofSeconds(Long.MAX_VALUE), 1)) {
            var identity = source.latest().get().orElseThrow();

            assertThat(identity.expiresAt())
                    .isEqualTo(identity.bundle().getFirst().getNotAfter().toInstant());
        }
    }

    @Test
    void theRootInAFolderSurvivesARestart() throws Exception {
        var config = new IdentityConfig.DevCa(ID, HOUR, Optional.of(folder.resolve("ca")));
        List<?> first;
        try (var source = start(config, 1)) {
            first = source.latest().get().orElseThrow().bundle();
        }

        try (var source = start(config, 1)) {
            assertThat(source.latest().get().orElseThrow().bundle()).isEqualTo(first);
        }
    }

    @Test
    void theRootInMemoryDiesWithIt() throws Exception {
        List<?> first;
        try (var source = start(HOUR, 1)) {
            first = source.latest().get().orElseThrow().bundle();
        }

        try (var source = start(HOUR, 1)) {
            assertThat(source.latest().get().orElseThrow().bundle()).isNotEqualTo(first);
        }
    }

    private DevCaSource start(Duration lifetime, long seed) throws IOException {
        return start(new IdentityConfig.DevCa(ID, lifetime, Optional.empty()), seed);
    }

    private DevCaSource start(IdentityConfig.DevCa config, long seed) throws IOException {
        var alarms = new Alarms(time, time, time);
        var keeper = new IdentityKeeper("development CA", registry, condition, alarms);
        keeper.latest().onChange(_ -> rotations.add(time.instant()));
        var source = DevCaSource.start(config, Runnable::run, alarms, keeper, new Random(seed));
        source.awaitStarted();
        return source;
    }
}
