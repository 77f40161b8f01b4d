package dev.outrigger.sds;

import static dev.outrigger.sds.TestService.ack;
import static dev.outrigger.sds.TestService.names;
import static dev.outrigger.sds.TestService.secrets;
import static dev.outrigger.sds.TestService.token;
import static dev.outrigger.sds.TestService.trustDomains;
import static dev.outrigger.sds.TestService.want;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrigger.testkit.TestCa;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What is served beside the conventional names.
class NamedSecretsTest {
    private static final TestCa CA = TestCa.create("root");
    private static final TestCa FAR = TestCa.create("far root");

    private final TestService sds = new TestService();
    private final Identity federated =
            TestIdentities.withFederated(TestIdentities.of(CA), Map.of("far.example", List.of(FAR.root())));

    @AfterEach
    void close() {
        sds.close();
    }

    @Test
    void allTrustDomainsComeForEnvoysSpiffeValidator() {
        sds.offer(federated);
        var client = sds.sotw();

        client.send(want("ALL"));

        assertThat(trustDomains(secrets(client.only()).getFirst()))
                .isEqualTo(Map.of("test.example", CA.rootPem(), "far.example", FAR.rootPem()));
    }

    @Test
    void withTheNameOfTheRootAllTrustDomainsComeThere() {
        var config = new SdsConfig(Path.of("unused"), "rw-------", "default", "ROOTCA", "ROOTCA", SdsConfig.Trust.CA);

        assertThat(version(config, "ROOTCA")).isEqualTo(version(new SdsConfig(Path.of("unused")), "ALL"));
    }

    @Test
    void inTheFormOfTheValidatorEachBundleIsForItsOwnDomain() {
        var config = new SdsConfig(Path.of("unused"), "rw-------", "default", "ROOTCA", "ALL", SdsConfig.Trust.SPIFFE);
        var plain = new SdsConfig(Path.of("unused"));

        for (var name : List.of("ROOTCA", "spiffe://test.example", "spiffe://far.example")) {
            assertThat(version(config, name)).as(name).isNotEqualTo(version(plain, name));
        }
        assertThat(version(config, "default")).isEqualTo(version(plain, "default"));
    }

    @Test
    void othersAreAskedForWhatIsWantedWhileItIsWantedWithoutAnyIdentity() {
        var first = sds.sotw();
        var second = sds.delta();
        first.send(want("fake:a", "fake:b"));
        second.send(TestService.subscribe("fake:a"));
        assertThat(sds.named.wanted.keySet()).containsExactlyInAnyOrder("fake:a", "fake:b");

        found("fake:a", "one");
        var response = first.only();
        assertThat(token(secrets(response).getFirst())).isEqualTo("one");
        assertThat(token(secrets(second.only()).getFirst())).isEqualTo("one");

        first.send(ack(response, "fake:b"));
        assertThat(sds.named.wanted).containsKey("fake:a");
        second.cancel();
        first.cancel();
        assertThat(sds.named.wanted).isEmpty();
    }

    @Test
    void aFetchWaitsForWhatOthersHaveAndTellsWhyNot() {
        var good = sds.fetch(want("fake:a"));
        var bad = sds.fetch(want("fake:b"));
        assertThat(good.sent).isEmpty();

        found("fake:a", "one");
        sds.named.of("fake:b").failed("the file is gone");
        sds.on(() -> {});

        assertThat(names(good.sent.getFirst())).containsExactly("fake:a");
        assertThat(good.status()).isEqualTo("OK");
        assertThat(bad.status()).isEqualTo("UNAVAILABLE: fake:b: the file is gone");
        assertThat(sds.named.wanted).as("nothing is kept for them").isEmpty();
    }

    @Test
    void aFetchThatIsGivenUpIsForgotten() {
        var fetch = sds.fetch(want("fake:a"));

        sds.on(fetch::cancel);

        assertThat(sds.named.wanted).isEmpty();
    }

    @Test
    void troubleIsShownUntilItIsOver() {
        var client = sds.sotw();
        client.send(want("fake:a"));

        sds.named.of("fake:a").failed("not there");
        sds.on(() -> {});
        assertThat(sds.service.status().heldBack()).isEqualTo(Map.of("fake:a", "not there"));
        found("fake:a", "one");

        assertThat(sds.service.status().heldBack()).isEmpty();
    }

    @Test
    void rootsArePushedBeforeTheCertificatesThatTheyVerify() {
        var order = new ArrayList<String>();
        for (var i = 0; i < 8; i++) {
            var name = i % 2 == 0 ? "default" : "ROOTCA";
            var client = sds.sotw();
            client.peer.whenSent = () -> order.add(name);
            client.send(want(name));
        }

        sds.offer(federated);

        assertThat(order).hasSize(8);
        sds.offer(TestIdentities.of(TestCa.create("successor")));
        assertThat(order.subList(8, 12)).containsOnly("ROOTCA");
        assertThat(order.subList(12, 16)).containsOnly("default");
    }

    @Test
    void theTimeFromANewSecretToItsAckIsMeasuredAndNothingElse() {
        sds.offer(federated);
        var client = sds.sotw();
        client.send(want("default"));
        client.send(ack(client.only(), "default"));
        var timer = sds.registry.get("outrigger.sds.rotation").timer();
        assertThat(timer.count()).as("it was there before").isZero();

        sds.offer(TestIdentities.of(CA));
        client.send(ack(client.only(), "default"));

        assertThat(timer.count()).isEqualTo(1);
        assertThat(timer.max(TimeUnit.SECONDS)).isBetween(0.0, 20.0);
        assertThat(sds.registry
                        .get("outrigger.sds.secrets")
                        .tag("kind", "certificate")
                        .counter()
                        .count())
                .isEqualTo(2);
    }

    @Test
    void aClientThatWantsEverythingThereIsIsSentAway() {
        var client = sds.sotw();

        client.send(want(IntStream.range(0, 10_001).mapToObj(i -> "fake:" + i).toArray(String[]::new)));

        assertThat(client.peer.status()).startsWith("RESOURCE_EXHAUSTED");
        assertThat(sds.named.wanted).isEmpty();
    }

    @Test
    void whatHasExpiredIsGivenToNobodyUntilThereIsANewOneAndRootsStay() {
        sds.offer(federated);
        sds.ahead = Duration.ofDays(10_000);
        var client = sds.sotw();

        client.send(want("default", "ROOTCA", federated.spiffeId()));

        assertThat(names(client.only())).containsExactly("ROOTCA");
        var fetched = sds.fetch(want("default"));
        assertThat(fetched.status()).contains("default: it has expired");

        sds.ahead = Duration.ZERO;
        var renewed = TestIdentities.of(CA);
        sds.offer(renewed);

        assertThat(names(client.only())).containsExactly("default", renewed.spiffeId());
    }

    @Test
    void anExpiredTokenIsGivenToNobody() {
        var first = sds.sotw();
        first.send(want("fake:token"));
        sds.named
                .of("fake:token")
                .found(SecretResource.token("fake:token", "text", Instant.now().plusSeconds(60)));
        sds.on(() -> {});
        assertThat(names(first.only())).containsExactly("fake:token");
        sds.ahead = Duration.ofSeconds(61);
        var second = sds.sotw();

        second.send(want("fake:token"));

        assertThat(second.received()).isEmpty();
    }

    private String version(SdsConfig config, String name) {
        return Optional.ofNullable(Secrets.of(federated, config, null).named(name))
                .orElseThrow()
                .version();
    }

    private void found(String name, String text) {
        sds.named.of(name).found(SecretResource.token(name, text, Instant.MAX));
        sds.on(() -> {});
    }
}
