package dev.outrigger.sds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.outrigger.proto.workload.X509SVID;
import dev.outrigger.testkit.FakeWorkloadApi;
import dev.outrigger.testkit.TestCa;
import io.grpc.Status;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkloadApiSourceTest {
    private static final String ID = TestIdentities.ID;
    private static final TestCa CA = TestCa.create("root");
    private static final TestCa OTHER = TestCa.create("other root");

    @TempDir
    Path folder;

    private Path socket;
    private @Nullable FakeWorkloadApi api;
    private @Nullable TestSource test;

    @BeforeEach
    void name() {
        socket = folder.resolve("agent.sock");
    }

    @AfterEach
    void close() {
        if (test != null) {
            test.close();
        }
        if (api != null) {
            api.close();
        }
    }

    @Test
    void theIdentityOfTheFirstAnswerIsTaken() throws Exception {
        var spire = spire();
        var source = source();

        var identity = source.next();

        assertThat(identity.spiffeId()).isEqualTo(ID);
        assertThat(identity.bundle()).containsExactly(CA.root());
        assertThat(source.reason()).contains("SVID " + ID + " expires");
        assertThat(source.condition.state().met()).isTrue();
        assertThat(source.source.status().rotations()).isEqualTo(1);
        assertThat(spire.calls()).isEqualTo(1);
    }

    @Test
    void itWaitsForTheSocketAndSaysSoEveryFifteenSeconds() throws Exception {
        var source = source();
        assertThat(source.condition.state().met()).isFalse();
        assertThat(source.reason())
                .isEqualTo("no identity yet: socket " + socket
                        + " does not exist; is the SPIFFE agent's socket mounted into this container?");

        source.advance(Duration.ofSeconds(46));

        assertThat(source.log.lines(Level.WARNING))
                .hasSize(4)
                .allMatch(line -> line.contains("socket " + socket + " does not exist"));
        spire();
        source.advance(Duration.ofMillis(300));
        assertThat(source.next().spiffeId()).isEqualTo(ID);
        source.advance(Duration.ofSeconds(40));
        assertThat(source.log.lines(Level.WARNING)).as("no more reminders").hasSize(4);
    }

    @Test
    void aSocketNobodyListensOnIsLeftAloneAndTriedAgain() throws Exception {
        try (var dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            dead.bind(UnixDomainSocketAddress.of(socket));
        }
        var file = key(socket);

        var source = source();
        source.awaitLog("no new identity");
        source.advance(Duration.ofSeconds(5));

        assertThat(key(socket)).isEqualTo(file);
        assertThat(source.reason()).contains("UNAVAILABLE");
        assertThat(source.failures("unavailable")).isPositive();
        Files.delete(socket);
        spire();
        source.advance(Duration.ofSeconds(6));
        source.next();
    }

    @Test
    void aRotationSwitchesKeyChainAndBundleTogether() throws Exception {
        var spire = spire();
        var source = source();
        source.next();

        var issued = spire.rotate(OTHER);

        var identity = source.next();
        assertThat(identity.chain()).isEqualTo(issued.chain());
        assertThat(identity.key()).isEqualTo(issued.key());
        assertThat(identity.bundle()).containsExactly(OTHER.root());
        assertThat(source.source.status().rotations()).isEqualTo(2);
    }

    @Test
    void aChangedBundleAloneIsPublishedAndNamedSo() throws Exception {
        var spire = spire();
        var source = source();
        var before = source.next();

        var response = spire.current().toBuilder();
        response.getSvidsBuilder(0).setBundle(bundle(CA, OTHER));
        spire.send(response.build());

        var after = source.next();
        assertThat(after.chain()).isEqualTo(before.chain());
        assertThat(after.bundle()).containsExactlyInAnyOrder(CA.root(), OTHER.root());
        source.awaitLog("trust bundles changed");
        response.getSvidsBuilder(0).setBundle(bundle(OTHER, CA));
        spire.send(response.build());
        spire.rotate();
        assertThat(source.next().chain()).as("another order is no change").isNotEqualTo(before.chain());
    }

    @Test
    void federatedBundlesComeAlong() throws Exception {
        var spire = spire();
        var source = source();
        source.next();

        spire.send(spire.current().toBuilder()
                .addFederatedBundles(FakeWorkloadApi.bundle("spiffe://far.example", bundle(OTHER)))
                .build());
        assertThat(source.next().federated()).containsExactly(Map.entry("far.example", List.of(OTHER.root())));
        spire.send(spire.current().toBuilder()
                .addFederatedBundles(FakeWorkloadApi.bundle("spiffe://far.example", ByteString.copyFromUtf8("broken")))
                .addFederatedBundles(FakeWorkloadApi.bundle("not a domain", bundle(OTHER)))
                .addFederatedBundles(FakeWorkloadApi.bundle("near.example", bundle(CA)))
                .build());

        assertThat(source.next().federated())
                .as("what cannot be read keeps its last value")
                .containsOnlyKeys("far.example", "near.example");
        spire.send(FakeWorkloadApi.response(CA.issue(ID, Duration.ofHours(1))));
        assertThat(source.next().federated()).isEmpty();
    }

    @Test
    void theFirstOfSeveralSvidsIsTakenWhateverTheirHints() throws Exception {
        var spire = spire();
        var source = source();
        source.next();
        var first = CA.issue(ID, Duration.ofHours(1));
        var second = FakeWorkloadApi.response(CA.issue("spiffe://test.example/other", Duration.ofHours(1)));

        spire.send(FakeWorkloadApi.response(first).toBuilder()
                .addSvids(second.getSvids(0).toBuilder().setHint("internal"))
                .build());

        assertThat(source.next().chain()).isEqualTo(first.chain());
    }

    @Test
    void theSvidWithTheConfiguredHintIsTaken() throws Exception {
        var spire = spire();
        var source = source(Optional.of("internal"), false);
        source.awaitLog("no SVID has the hint 'internal'; there are []");
        var wanted = CA.issue("spiffe://test.example/internal", Duration.ofHours(1));
        var second = CA.issue("spiffe://test.example/second", Duration.ofHours(1));

        spire.send(FakeWorkloadApi.response(CA.issue(ID, Duration.ofHours(1))).toBuilder()
                .addSvids(hinted(wanted, "internal"))
                .addSvids(hinted(second, "internal"))
                .build());

        assertThat(source.next().chain()).as("the first of two with one hint").isEqualTo(wanted.chain());
    }

    @Test
    void bundlesThatChangeWithoutANewSvidAreTaken() throws Exception {
        var spire = spire();
        var source = source();
        var before = source.next();
        var domain = "spiffe://test.example";

        spire.sendBundles(
                Map.of(domain, List.of(CA.root(), OTHER.root()), "spiffe://far.example", List.of(OTHER.root())));

        var after = source.next();
        assertThat(after.chain()).isEqualTo(before.chain());
        assertThat(after.bundle()).containsExactlyInAnyOrder(CA.root(), OTHER.root());
        assertThat(after.federated()).containsExactly(Map.entry("far.example", List.of(OTHER.root())));
        spire.sendBundles(Map.of(domain, List.of(OTHER.root())));
        source.awaitLog("bundles refused: bundle of test.example for SVID " + ID + " is not usable");
        assertThat(source.source.latest().get()).contains(after);
        spire.sendBundles(Map.of(domain, List.of(CA.root())));
        assertThat(source.next().federated())
                .as("each answer is everything there is")
                .isEmpty();
        spire.sendBundles(Map.of("spiffe://far.example", List.of(OTHER.root())));
        assertThat(source.next().bundle()).as("the own one was not named").containsExactly(CA.root());
    }

    @Test
    void aStreamOfBundlesThatEndsIsOpenedAgainAndTheOtherOneGoesOn() throws Exception {
        var spire = spire();
        var source = source();
        source.next();
        spire.endBundles(Status.UNAVAILABLE);
        source.awaitLog("the stream of bundles ended");

        source.advance(Duration.ofSeconds(11));
        spire.sendBundles(Map.of("spiffe://test.example", List.of(CA.root(), OTHER.root())));
        source.next();

        assertThat(spire.calls()).isEqualTo(1);
        spire.endBundles(Status.UNIMPLEMENTED);
        source.advance(Duration.ofSeconds(60));
        assertThat(spire.openBundles()).isZero();
        assertThat(source.source.status().lastError()).isNull();
    }

    @Test
    void aRevokedWorkloadGivesItsIdentityUpWhereConfigured() throws Exception {
        var spire = spire();
        var source = source(Optional.empty(), true);
        var withdrawn = new CountDownLatch(1);
        source.source.latest().onChange(_ -> {}, withdrawn::countDown);
        source.next();
        spire.refuse(Status.UNAVAILABLE);
        source.awaitLog("UNAVAILABLE");
        assertThat(source.source.latest().get()).as("an outage is no refusal").isPresent();

        spire.refuse(Status.PERMISSION_DENIED);
        source.advance(Duration.ofSeconds(6));
        source.awaitLog("SVID given up id=" + ID);

        assertThat(withdrawn.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(source.source.latest().get()).isEmpty();
        assertThat(source.condition.state().met()).isFalse();
        assertThat(source.source.status().spiffeId()).isNull();
        assertThat(source.registry.get("outrigger.identity.expiry").gauge().value())
                .isNaN();
        spire.allow();
        source.advance(Duration.ofSeconds(6));
        source.next();
        assertThat(source.condition.state().met()).isTrue();
    }

    @Test
    void anAnswerThatIsTooLargeIsRefusedAndRarelyAskedForAgain() throws Exception {
        var spire = spire();
        var source = source();
        var good = source.next();
        var large = spire.current().toBuilder();
        large.getSvidsBuilder(0).setBundle(ByteString.copyFrom(new byte[2 << 20]));
        spire.send(large.build());
        source.awaitLog("the bundle has 2097152 bytes; at most 1048576 are read");

        large.getSvidsBuilder(0).setBundle(ByteString.copyFrom(new byte[10 << 20]));
        spire.send(large.build());
        source.awaitLog("answer refused: RESOURCE_EXHAUSTED");
        source.advance(Duration.ofSeconds(50));

        assertThat(spire.calls()).isEqualTo(1);
        assertThat(source.source.latest().get()).contains(good);
    }

    @Test
    void aBadUpdateIsRefusedWithItsReasonAndTheOldIdentityStays() throws Exception {
        var spire = spire();
        var source = source();
        var good = source.next();

        spire.send(FakeWorkloadApi.response(CA.issue(ID, Duration.ofHours(-1))));
        source.awaitLog("answer refused: SVID " + ID + " expired");

        assertThat(source.source.latest().get()).contains(good);
        assertThat(source.condition.state().met()).isTrue();
        assertThat(source.reason()).contains("cannot be renewed: answer refused: SVID " + ID + " expired");
        assertThat(source.failures("refused")).isEqualTo(1);
        assertThat(spire.open()).isEqualTo(1);
        spire.rotate();
        source.next();
        source.sync();
        assertThat(source.reason()).doesNotContain("cannot");
    }

    @Test
    void afterAHealthyStreamItReconnectsAtOnce() throws Exception {
        var spire = spire();
        var source = source();
        source.next();
        source.advance(Duration.ofSeconds(2));

        spire.endStreams();
        source.awaitLog("the stream ended");
        source.advance(Duration.ofMillis(1));

        spire.awaitCalls(2);
    }

    @Test
    void aServerThatEndsEachStreamRightAfterItsAnswerIsNotHammered() throws Exception {
        var spire = spire();
        var source = source();
        var start = source.time.instant();

        for (var call = 1; call <= 20; call++) {
            spire.awaitCalls(call);
            spire.rotate();
            source.next();
            spire.refuse(Status.UNAVAILABLE.withDescription("end " + call));
            spire.allow();
            source.awaitLog("end " + call);
            while (spire.calls() == call && source.retrying()) {
                source.advance(Duration.ofMillis(100));
            }
        }

        assertThat(Duration.between(start, source.time.instant())).isGreaterThan(Duration.ofSeconds(15));
    }

    @Test
    void permissionDeniedIsRetriedUntilTheWorkloadIsRegistered() throws Exception {
        var spire = spire();
        spire.refuse(Status.PERMISSION_DENIED.withDescription("no identity issued"));
        var source = source();

        source.awaitLog("PERMISSION_DENIED");

        assertThat(source.reason())
                .contains("PERMISSION_DENIED (no identity issued): no identity is registered for this workload")
                .contains("register it with the SPIFFE server");
        spire.allow();
        source.advance(Duration.ofSeconds(5));
        source.next();
        assertThat(source.failures("permission_denied")).isPositive();
    }

    @Test
    void aRevokedWorkloadKeepsItsIdentityUntilItExpiresWithAReason() throws Exception {
        var spire = spire();
        var source = source();
        source.next();

        spire.refuse(Status.PERMISSION_DENIED);
        source.awaitLog("the last one is kept until it expires");
        assertThat(source.condition.state().met()).isTrue();
        assertThat(source.reason()).contains("expires").contains("cannot be renewed: PERMISSION_DENIED");
        source.sleep(Duration.ofHours(1));
        source.awaitLog("SVID expired");

        assertThat(source.condition.state().met()).isFalse();
        assertThat(source.reason()).contains("SVID " + ID + " expired");
        assertThat(source.source.latest().get()).isPresent();
        assertThat(source.registry.get("outrigger.identity.expiry").gauge().value())
                .isNegative();
    }

    @Test
    void anAgentThatRestartsIsFoundAgain() throws Exception {
        var spire = spire();
        var source = source();
        var before = source.next();

        spire.stop();
        source.awaitLog("no new identity");
        source.advance(Duration.ofSeconds(3));
        assertThat(source.source.latest().get()).contains(before);
        spire.restart();
        spire.rotate();
        source.advance(Duration.ofSeconds(6));

        assertThat(source.next()).isNotEqualTo(before);
    }

    @Test
    void aPeerThatAcceptsAndSaysNothingIsTriedAgainAndTold() throws Exception {
        var spire = spire();
        spire.fallSilent();
        var source = source();
        spire.awaitCalls(1);

        source.advance(Duration.ofSeconds(16));
        source.awaitLog("still no new identity from Workload API unix://" + socket + ": it does not answer");
        source.advance(Duration.ofSeconds(15));
        source.awaitLog("no answer within 30 s");
        source.advance(Duration.ofSeconds(1));
        spire.awaitCalls(2);
        spire.speak();

        source.next();
    }

    @Test
    void aSourceThatIsOverdueIsAskedAgainAndAgain() throws Exception {
        var spire = spire();
        var source = source();
        source.next();
        source.advance(Duration.ofSeconds(2));

        source.sleep(Duration.ofMinutes(46));
        source.awaitLog("overdue");
        spire.awaitCalls(2);
        source.awaitAnswer();
        source.sleep(Duration.ofMinutes(11));
        source.awaitLog("overdue");
        spire.awaitCalls(3);
        source.awaitAnswer();
        source.advance(Duration.ofMinutes(4));

        assertThat(spire.calls())
                .as("near the end it asks, and does not hammer")
                .isBetween(4, 30);
    }

    @Test
    void whatIsNoWorkloadApiIsNamedAndRarelyAsked() throws Exception {
        var spire = spire();
        spire.refuse(Status.UNIMPLEMENTED);
        var source = source();

        source.awaitLog("UNIMPLEMENTED: " + socket + " is not a SPIFFE Workload API");
        source.advance(Duration.ofSeconds(50));
        assertThat(spire.calls()).isEqualTo(1);
        spire.allow();
        source.advance(Duration.ofSeconds(11));

        source.next();
        assertThat(source.failures("protocol")).isEqualTo(1);
    }

    @Test
    void aRenewalBringsWhatTheSourceAnswers() throws Exception {
        var spire = spire();
        var source = source();
        source.next();

        var renewed = source.source.renew("asked by a test").get(20, TimeUnit.SECONDS);

        assertThat(renewed.spiffeId()).isEqualTo(ID);
        assertThat(spire.calls()).isEqualTo(2);
        source.awaitLog("asking Workload API");
    }

    @Test
    void aRenewalThatFailsSaysWhyAndTheSourceGoesOn() throws Exception {
        var spire = spire();
        var source = source();
        source.next();
        spire.refuse(Status.UNAVAILABLE.withDescription("not now"));

        assertThatThrownBy(() -> source.source.renew("asked by a test").get(20, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(IOException.class)
                .hasMessageContaining("not now");
        spire.allow();
        spire.rotate();
        source.advance(Duration.ofSeconds(6));
        source.next();
    }

    @Test
    void aClosedSourceKeepsItsIdentityAndAsksNoMore() throws Exception {
        var spire = spire();
        var source = source();
        var identity = source.next();

        source.source.close();
        source.source.close();
        source.advance(Duration.ofSeconds(61));

        assertThat(source.source.latest().get()).contains(identity);
        assertThat(spire.calls()).isEqualTo(1);
        assertThat(source.time.pending()).isEmpty();
        assertThatThrownBy(() -> source.source.renew("late").get(20, TimeUnit.SECONDS))
                .hasMessageContaining("closed");
    }

    @Test
    void noKeyIsLogged() throws Exception {
        var spire = spire();
        var source = source();
        var identity = source.next();
        var foreign = FakeWorkloadApi.response(CA.issue(ID, Duration.ofHours(1)));
        var mixed = spire.current().toBuilder();
        mixed.getSvidsBuilder(0).setX509SvidKey(foreign.getSvids(0).getX509SvidKey());

        spire.send(mixed.build());
        source.awaitLog("comes with the key of another certificate");

        var keyLine = identity.keyPem().lines().skip(1).findFirst().orElseThrow();
        assertThat(String.join("\n", source.log.lines()) + source.source.status() + source.reason())
                .doesNotContain("PRIVATE")
                .doesNotContain(keyLine);
    }

    private FakeWorkloadApi spire() throws IOException {
        var started = FakeWorkloadApi.start(socket, CA, ID);
        api = started;
        return started;
    }

    private static X509SVID hinted(TestCa.Issued issued, String hint) {
        return FakeWorkloadApi.response(issued).getSvids(0).toBuilder()
                .setHint(hint)
                .build();
    }

    private TestSource source(Optional<String> hint, boolean dropWhenDenied) {
        var policy = IdentityConfig.Policy.DEFAULT;
        var started = new TestSource(new IdentityConfig.WorkloadApi(socket, hint, dropWhenDenied, policy), 1);
        test = started;
        return started;
    }

    private TestSource source() {
        var started = new TestSource(socket, 1);
        test = started;
        return started;
    }

    private static ByteString bundle(TestCa... authorities) {
        var der = ByteString.EMPTY;
        for (var authority : authorities) {
            der = der.concat(ByteString.copyFrom(Pem.der(authority.root())));
        }
        return der;
    }

    private static Object key(Path path) throws IOException {
        var key = Files.readAttributes(path, BasicFileAttributes.class).fileKey();
        return key == null ? path : key;
    }
}
