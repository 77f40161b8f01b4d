package dev.outrigger.sds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.outrigger.proto.workload.X509BundlesResponse;
import dev.outrigger.proto.workload.X509SVID;
import dev.outrigger.proto.workload.X509SVIDResponse;
import dev.outrigger.testkit.FakeWorkloadApi;
import dev.outrigger.testkit.TestCa;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SvidReaderTest {
    private static final String ID = TestIdentities.ID;
    private static final TestCa CA = TestCa.create("root");
    private static final Duration HOUR = Duration.ofHours(1);

    private final Instant now = InstantSource.system().instant();
    private final SvidReader reader = reader(now);
    private final TestCa.Issued issued = CA.intermediate("middle").issue(ID, HOUR);
    private final X509SVIDResponse good = FakeWorkloadApi.response(issued);

    @Test
    void aGoodAnswerIsAnIdentity() throws Exception {
        var identity = reader.read(good, null);

        assertThat(identity.spiffeId()).isEqualTo(ID);
        assertThat(identity.chain()).isEqualTo(issued.chain()).hasSize(2);
        assertThat(identity.key()).isEqualTo(issued.key());
        assertThat(identity.bundle()).containsExactly(CA.root());
        assertThat(identity.expiresAt()).isEqualTo(issued.leaf().getNotAfter().toInstant());
        assertThat(identity).isEqualTo(reader.read(good, identity));
    }

    @Test
    void aBundleThatComesAgainIsNotReadAgain() throws Exception {
        var far = ByteString.copyFrom(Pem.der(TestCa.create("far").root()));
        var both = good.toBuilder()
                .addFederatedBundles(FakeWorkloadApi.bundle("far.example", far))
                .build();
        var first = reader.read(both, null);

        var second = reader.read(both, first);

        assertThat(second.bundle()).isSameAs(first.bundle());
        assertThat(second.federated().get("far.example"))
                .isSameAs(first.federated().get("far.example"));
        reader.read(good, second); // without the federated one, which is forgotten
        assertThat(reader.read(both, second).federated())
                .isEqualTo(first.federated())
                .extractingByKey("far.example")
                .isNotSameAs(first.federated().get("far.example"));
    }

    @Test
    void anAnswerWithoutSvidsIsRefused() {
        refused(X509SVIDResponse.getDefaultInstance(), "holds no SVID");
    }

    @Test
    void whatIsMissingOrBrokenIsRefused() {
        refused(bend(X509SVID.Builder::clearX509Svid), "comes without a certificate");
        refused(bend(X509SVID.Builder::clearX509SvidKey), "private key that cannot be read");
        refused(bend(X509SVID.Builder::clearBundle), "the bundle is empty");
        refused(bend(svid -> svid.setX509Svid(utf8("garbage"))), "not usable");
        refused(bend(svid -> svid.setX509SvidKey(utf8("garbage"))), "private key that cannot be read");
        refused(bend(svid -> svid.setBundle(utf8("garbage"))), "not usable");
        refused(bend(svid -> svid.setX509Svid(utf8("\n\n\n"))), "not usable");
        refused(bend(svid -> svid.setBundle(utf8("\n\n\n"))), "not usable");
        refused(bend(svid -> svid.setX509Svid(svid.getX509Svid().substring(0, 100))), "not usable");
    }

    @Test
    void anotherNameThanTheCertificatesIsRefused() {
        refused(
                bend(svid -> svid.setSpiffeId("spiffe://test.example/admin")),
                "the answer names spiffe://test.example/admin");
    }

    @Test
    void theKeyOfAnotherCertificateIsRefused() {
        var other = FakeWorkloadApi.response(CA.issue(ID, HOUR)).getSvids(0);

        refused(bend(svid -> svid.setX509SvidKey(other.getX509SvidKey())), "key of another certificate");
    }

    @Test
    void aChainThatTheBundleDoesNotCoverIsRefused() {
        var stranger =
                FakeWorkloadApi.response(TestCa.create("root").issue(ID, HOUR)).getSvids(0);
        var direct = FakeWorkloadApi.response(CA.issue(ID, HOUR)).getSvids(0);

        refused(bend(svid -> svid.setBundle(stranger.getBundle())), "not usable");
        refused(bend(svid -> svid.setBundle(direct.getX509Svid())), "not usable");
    }

    @Test
    void anIntermediateThatIsMissingIsRefused() {
        refused(bend(svid -> svid.setX509Svid(ByteString.copyFrom(Pem.der(issued.leaf())))), "not usable");
    }

    @Test
    void timesAreJudgedByTheGivenClock() throws Exception {
        var later = reader(now.plus(HOUR).plusSeconds(2));
        var earlier = reader(now.minus(HOUR));
        var future = FakeWorkloadApi.response(CA.issue(ID, now.plus(HOUR), now.plus(HOUR.multipliedBy(2))));

        assertThatThrownBy(() -> later.read(good, null)).hasMessageContaining("SVID " + ID + " expired");
        assertThatThrownBy(() -> earlier.read(good, null)).hasMessageContaining("is the clock of this machine right?");
        refused(future, "is valid from");
        assertThat(reader(now.plus(HOUR).plusSeconds(60)).read(future, null)).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"spiffe://test.example", "https://test.example/a", "test.example", "spiffe:///a"})
    void aCertificateThatIsNoSvidIsRefused(String name) {
        refused(FakeWorkloadApi.response(CA.issue(name, HOUR)), "");
    }

    @Test
    void anEmptyOrBrokenFederatedBundleKeepsTheLastOneAndTheRest() throws Exception {
        var far = TestCa.create("far");
        var last = TestIdentities.withFederated(reader.read(good, null), Map.of("far.example", List.of(far.root())));
        var der = ByteString.copyFrom(Pem.der(far.root()));

        for (var broken : new ByteString[] {ByteString.EMPTY, utf8("\n\n"), utf8("garbage"), der.substring(0, 50)}) {
            var identity = reader.read(
                    good.toBuilder()
                            .addFederatedBundles(FakeWorkloadApi.bundle("spiffe://far.example", broken))
                            .addFederatedBundles(FakeWorkloadApi.bundle("spiffe://unknown.example", broken))
                            .addFederatedBundles(FakeWorkloadApi.bundle("near.example", der))
                            .build(),
                    last);

            assertThat(identity.federated()).containsOnlyKeys("far.example", "near.example");
        }
    }

    @Test
    void whatAReasonQuotesIsCutAndStaysOnOneLine() {
        refused(bend(svid -> svid.setSpiffeId("x\nERROR forged " + "y".repeat(10_000))), "the answer names x?ERROR");
        try {
            reader.read(bend(svid -> svid.setSpiffeId("x\nERROR forged " + "y".repeat(10_000))), null);
        } catch (RefusedSvidException e) {
            assertThat(e.getMessage()).hasSizeLessThan(1000).doesNotContain("\n");
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void whateverIsSentIsReadRightOrRefused(long seed) throws Exception {
        var random = new Random(seed);
        var right = reader.read(good, null);
        for (var run = 0; run < 300; run++) {
            var bent = mutate(good, random);
            try {
                var identity = reader.read(bent, right);

                assertThat(identity.chain().getFirst()).as("run " + run).isEqualTo(issued.leaf());
                assertThat(SvidVerifier.fits(identity.key(), identity.chain().getFirst()))
                        .isTrue();
                assertThat(identity.bundle()).isNotEmpty();
            } catch (RefusedSvidException e) {
                assertThat(e.getMessage()).isNotBlank().hasSizeLessThan(2000).doesNotContain("\n");
            }
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2})
    void whateverBundlesAreSentAreReadRightOrRefused(long seed) throws Exception {
        var random = new Random(seed);
        var right = reader.read(good, null);
        var der = good.getSvids(0).getBundle();
        for (var run = 0; run < 500; run++) {
            var name = mutate(ByteString.copyFromUtf8("spiffe://test.example"), random);
            var bent = X509BundlesResponse.newBuilder()
                    .addBundles(FakeWorkloadApi.bundle(
                            random.nextBoolean() ? "spiffe://test.example" : name.toString(StandardCharsets.ISO_8859_1),
                            mutate(der, random)))
                    .addBundles(FakeWorkloadApi.bundle("spiffe://far.example", mutate(der, random)))
                    .build();
            try {
                var identity = reader.read(bent, right);

                assertThat(identity.chain()).as("run " + run).isEqualTo(right.chain());
                assertThat(identity.bundle())
                        .as("one has the key that the chain needs; a root's own signature is nobody's concern")
                        .anyMatch(root -> root.getPublicKey().equals(CA.root().getPublicKey()));
            } catch (RefusedSvidException e) {
                assertThat(e.getMessage()).isNotBlank().hasSizeLessThan(2000).doesNotContain("\n");
            }
        }
    }

    @Test
    void aTrustDomainThatIsNotTheConfiguredOneIsForeign() {
        var strict = new SvidReader(InstantSource.fixed(now), Optional.empty(), Optional.of("other.example"));

        assertThatThrownBy(() -> strict.read(good, null))
                .isInstanceOf(RefusedSvidException.class)
                .hasMessageContaining("is of the foreign trust domain test.example, not of other.example");
    }

    @Test
    void aBundleWhoseRootsHaveAllExpiredIsRefused() {
        var far = new SvidReader(InstantSource.fixed(now.plus(Duration.ofDays(2))), Optional.empty(), Optional.empty());
        var late = FakeWorkloadApi.response(CA.issue(ID, now, now.plus(Duration.ofDays(3))));

        assertThatThrownBy(() -> far.read(late, null)).hasMessageContaining("whose roots have all expired");
    }

    private static X509SVIDResponse mutate(X509SVIDResponse good, Random random) {
        var svid = good.getSvids(0).toBuilder();
        switch (random.nextInt(6)) {
            case 0 -> svid.setX509Svid(mutate(svid.getX509Svid(), random));
            case 1 -> svid.setX509SvidKey(mutate(svid.getX509SvidKey(), random));
            case 2 -> svid.setBundle(mutate(svid.getBundle(), random));
            case 3 -> svid.setSpiffeId(mutate(svid.getSpiffeIdBytes(), random).toString(StandardCharsets.ISO_8859_1));
            case 4 -> svid.setBundle(svid.getBundle().concat(mutate(svid.getBundle(), random)));
            default -> svid.setX509Svid(svid.getX509Svid().concat(mutate(svid.getX509Svid(), random)));
        }
        return good.toBuilder()
                .setSvids(0, svid)
                .addFederatedBundles(FakeWorkloadApi.bundle("spiffe://far.example", mutate(svid.getBundle(), random)))
                .build();
    }

    private static ByteString mutate(ByteString bytes, Random random) {
        var array = bytes.toByteArray();
        if (array.length == 0) {
            return bytes;
        }
        return switch (random.nextInt(4)) {
            case 0 -> bytes.substring(0, random.nextInt(array.length));
            case 1 -> bytes.substring(random.nextInt(array.length));
            case 2 -> {
                random.nextBytes(array);
                yield ByteString.copyFrom(array);
            }
            default -> {
                for (var i = 0; i <= random.nextInt(3); i++) {
                    array[random.nextInt(array.length)] ^= (byte) (1 << random.nextInt(8));
                }
                yield ByteString.copyFrom(array);
            }
        };
    }

    private X509SVIDResponse bend(Consumer<X509SVID.Builder> how) {
        var bent = good.toBuilder();
        how.accept(bent.getSvidsBuilder(0));
        return bent.build();
    }

    private static SvidReader reader(Instant at) {
        return new SvidReader(InstantSource.fixed(at), Optional.empty(), Optional.empty());
    }

    private void refused(X509SVIDResponse response, String why) {
        assertThatThrownBy(() -> reader.read(response, null))
                .isInstanceOf(RefusedSvidException.class)
                .hasMessageContaining(why);
    }

    private static ByteString utf8(String text) {
        return ByteString.copyFromUtf8(text);
    }
}
