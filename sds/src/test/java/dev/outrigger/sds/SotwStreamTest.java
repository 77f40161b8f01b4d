package dev.outrigger.sds;

import static dev.outrigger.sds.TestService.ack;
import static dev.outrigger.sds.TestService.chain;
import static dev.outrigger.sds.TestService.key;
import static dev.outrigger.sds.TestService.nack;
import static dev.outrigger.sds.TestService.names;
import static dev.outrigger.sds.TestService.roots;
import static dev.outrigger.sds.TestService.secrets;
import static dev.outrigger.sds.TestService.want;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrigger.proto.core.Node;
import dev.outrigger.proto.discovery.DiscoveryRequest;
import dev.outrigger.testkit.TestCa;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SotwStreamTest {
    private static final TestCa CA = TestCa.create("root");
    private static final TestCa OTHER = TestCa.create("other root");

    private final TestService sds = new TestService();
    private final Identity first = TestIdentities.of(CA);
    private final Identity second = TestIdentities.of(CA);

    @AfterEach
    void close() {
        sds.close();
    }

    @Test
    void certificateKeyAndRootsComeUnderTheirConventionalNames() {
        sds.offer(first);
        var client = sds.sotw();

        client.send(want("default", "ROOTCA"));

        var response = client.only();
        assertThat(response.getTypeUrl()).isEqualTo(SecretResource.TYPE_URL);
        assertThat(names(response)).containsExactly("default", "ROOTCA");
        assertThat(chain(secrets(response).getFirst())).isEqualTo(first.chainPem());
        assertThat(key(secrets(response).getFirst())).isEqualTo(first.keyPem());
        assertThat(roots(secrets(response).getLast())).isEqualTo(first.bundlePem());
    }

    @Test
    void whoComesBeforeTheFirstIdentityIsServedAsSoonAsThereIsOne() {
        var client = sds.sotw();
        client.send(want("default"));
        assertThat(client.received()).isEmpty();

        sds.offer(first);

        assertThat(names(client.only())).containsExactly("default");
    }

    @Test
    void anUnknownNameHoldsBackOnlyItself() {
        sds.offer(first);
        var client = sds.sotw();

        client.send(want("file-cert:a~b", "default"));

        assertThat(names(client.only())).containsExactly("default");
        assertThat(client.peer.status()).isEmpty();
    }

    @Test
    void anUnknownNameAloneWaitsOnAnOpenStream() {
        sds.offer(first);
        var client = sds.sotw();

        client.send(want("spiffe://far.example"));
        assertThat(client.received()).isEmpty();

        sds.offer(TestIdentities.withFederated(first, Map.of("far.example", List.of(OTHER.root()))));
        assertThat(roots(secrets(client.only()).getFirst())).isEqualTo(OTHER.rootPem());
    }

    @Test
    void anAckIsCountedAndAnsweredWithNothing() {
        sds.offer(first);
        var client = sds.sotw();
        client.send(want("default"));
        var response = client.only();

        client.send(ack(response, "default"));

        assertThat(client.received()).isEmpty();
        assertThat(sds.count("outrigger.sds.acks")).isEqualTo(1);
        assertThat(sds.service.status().streams().getFirst().acked()).isEqualTo(response.getVersionInfo());
    }

    @Test
    void anAckOfEverythingIsAnsweredWithNothing() {
        sds.offer(first);
        var client = sds.sotw();
        client.send(want());
        var response = client.only();
        assertThat(names(response)).containsExactly("ROOTCA", "default");

        client.send(ack(response));

        assertThat(client.received()).isEmpty();
    }

    @Test
    void aNackIsReportedAndNothingIsPushedUntilItChanges() {
        sds.offer(first);
        var client = sds.sotw();
        client.send(want("default"));
        var response = client.only();

        client.send(nack(response, "key does not fit", "default"));
        sds.offer(TestIdentities.withBundle(first, OTHER.root()));

        assertThat(client.received()).isEmpty();
        assertThat(sds.count("outrigger.sds.nacks")).isEqualTo(1);
        assertThat(sds.count("outrigger.sds.acks")).isZero();
        assertThat(sds.service.status().lastError()).isEqualTo("key does not fit");
        var stream = sds.service.status().streams().getFirst();
        assertThat(stream.nacked()).isEqualTo(response.getVersionInfo());
        assertThat(stream.nackText()).isEqualTo("key does not fit");
        sds.offer(second);
        assertThat(names(client.only())).containsExactly("default");
    }

    @Test
    void anAnswerToAnOlderResponseIsIgnored() {
        sds.offer(first);
        var client = sds.sotw();
        client.send(want("default"));
        var old = client.only();
        sds.offer(second);
        client.only();

        client.send(nack(old, "too late", "default", "ROOTCA"));
        client.send(ack(old, "default", "ROOTCA"));

        assertThat(client.received()).isEmpty();
        assertThat(sds.count("outrigger.sds.acks")).isZero();
        assertThat(sds.count("outrigger.sds.nacks")).isZero();
    }

    @Test
    void theNonceOfAnEarlierStreamIsNoAck() {
        sds.offer(first);
        var client = sds.sotw();

        client.send(want("default").toBuilder()
                .setResponseNonce("7")
                .setVersionInfo("old")
                .build());

        assertThat(names(client.only())).containsExactly("default");
        assertThat(sds.count("outrigger.sds.acks")).isZero();
    }

    @Test
    void aRepeatedAckCountsOnce() {
        sds.offer(first);
        var client = sds.sotw();
        client.send(want("default"));
        var response = client.only();

        client.send(ack(response, "default"));
        client.send(ack(response, "default"));

        assertThat(sds.count("outrigger.sds.acks")).isEqualTo(1);
    }

    @Test
    void aClientThatNeverSendsANonceIsNotAnsweredInALoop() {
        sds.offer(first);
        var client = sds.sotw();
        client.send(want("default"));
        client.only();

        client.send(want("default"));

        assertThat(client.received()).isEmpty();
    }

    @Test
    void anAddedNameIsAnsweredAlone() {
        sds.offer(first);
        var client = sds.sotw();
        client.send(want("default"));
        var response = client.only();

        client.send(ack(response, "default", "ROOTCA"));

        assertThat(names(client.only())).containsExactly("ROOTCA");
    }

    @Test
    void aNameThatIsNoLongerListedIsNotPushedAndIsAnsweredWhenItComesBack() {
        sds.offer(first);
        var client = sds.sotw();
        client.send(want("default", "ROOTCA"));
        var response = client.only();
        client.send(ack(response, "ROOTCA"));

        sds.offer(second);
        assertThat(client.received()).isEmpty();

        client.send(ack(response, "default", "ROOTCA"));
        assertThat(chain(secrets(client.only()).getFirst())).isEqualTo(second.chainPem());
    }

    @Test
    void afterNamesAnEmptyListUnsubscribes() {
        sds.offer(first);
        var client = sds.sotw();
        client.send(want("default"));
        client.send(ack(client.only()));

        sds.offer(second);

        assertThat(client.received()).isEmpty();
    }

    @Test
    void aRotationPushesOnlyWhatChanged() {
        sds.offer(first);
        var client = sds.sotw();
        client.send(want("default", "ROOTCA"));
        var versions = client.only().getVersionInfo();

        sds.offer(second);
        var rotated = client.only();
        sds.offer(TestIdentities.withBundle(second, CA.root(), OTHER.root()));
        var trusted = client.only();

        assertThat(names(rotated)).containsExactly("default");
        assertThat(names(trusted)).containsExactly("ROOTCA");
        assertThat(List.of(versions, rotated.getVersionInfo(), trusted.getVersionInfo()))
                .doesNotHaveDuplicates();
    }

    @Test
    void aChangedFederatedBundleHasAnotherVersion() {
        sds.offer(TestIdentities.withFederated(first, Map.of("far.example", List.of(OTHER.root()))));
        var client = sds.sotw();
        client.send(want("spiffe://far.example"));
        var before = client.only();

        sds.offer(TestIdentities.withFederated(first, Map.of("far.example", List.of(CA.root()))));

        assertThat(client.only().getVersionInfo()).isNotEqualTo(before.getVersionInfo());
    }

    @Test
    void theOwnTrustDomainIsNotReplacedByAFederatedBundle() {
        sds.offer(TestIdentities.withFederated(first, Map.of("test.example", List.of(OTHER.root()))));
        var client = sds.sotw();

        client.send(want("spiffe://test.example"));

        assertThat(roots(secrets(client.only()).getFirst())).isEqualTo(CA.rootPem());
    }

    @Test
    void aSlowReaderGetsTheNewestInsteadOfAQueue() {
        sds.offer(first);
        var client = sds.sotw();
        client.peer.ready = false;
        client.send(want("default"));
        for (var i = 0; i < 10; i++) {
            sds.offer(TestIdentities.of(CA));
        }
        sds.offer(second);
        assertThat(client.received()).isEmpty();

        client.becomeReady();

        assertThat(chain(secrets(client.only()).getFirst())).isEqualTo(second.chainPem());
    }

    @Test
    void eachStreamGetsWhatItAskedFor() {
        var certificates = sds.sotw();
        var roots = sds.sotw();
        certificates.send(want("default"));
        roots.send(want("ROOTCA"));

        sds.offer(first);

        assertThat(names(certificates.only())).containsExactly("default");
        assertThat(names(roots.only())).containsExactly("ROOTCA");
        assertThat(sds.registry
                        .get("outrigger.sds.streams")
                        .tag("protocol", "sotw")
                        .gauge()
                        .value())
                .isEqualTo(2);
    }

    @Test
    void aStreamThatIsGoneIsForgotten() {
        var cancelled = sds.sotw();
        var ended = sds.sotw();
        cancelled.send(want("default"));
        ended.send(want("default"));

        cancelled.cancel();
        ended.halfClose();
        sds.offer(first);

        assertThat(cancelled.received()).isEmpty();
        assertThat(ended.received()).isEmpty();
        assertThat(ended.peer.status()).isEqualTo("OK");
        assertThat(sds.service.status().streams()).isEmpty();
    }

    @Test
    void anotherTypeIsRefusedByName() {
        var client = sds.sotw();

        client.send(DiscoveryRequest.newBuilder()
                .setTypeUrl("type.googleapis.com/x.Y")
                .build());

        assertThat(client.peer.status()).contains("INVALID_ARGUMENT").contains("x.Y");
        assertThat(sds.service.status().streams()).isEmpty();
    }

    @Test
    void theNodeIsRememberedFromTheFirstMessage() {
        sds.offer(first);
        var client = sds.sotw();
        client.send(want("default").toBuilder()
                .setNode(Node.newBuilder().setId("sidecar~1"))
                .build());

        client.send(ack(client.only(), "default"));

        assertThat(sds.service.status().streams().getFirst().node()).isEqualTo("sidecar~1");
    }

    @Test
    void aFetchGetsTheNamedSecretsAtOnce() {
        sds.offer(first);

        var named = sds.fetch(want("default", "unknown", "default"));
        var all = sds.fetch(want());

        assertThat(names(named.sent.getFirst())).containsExactly("default");
        assertThat(named.status()).isEqualTo("OK");
        assertThat(names(all.sent.getFirst())).containsExactly("ROOTCA", "default");
    }

    @Test
    void aFetchBeforeThereIsAnIdentityIsToldToComeAgain() {
        assertThat(sds.fetch(want("default")).status()).contains("UNAVAILABLE");
    }

    @Test
    void aFetchOfAnotherTypeIsRefused() {
        sds.offer(first);

        var peer = sds.fetch(DiscoveryRequest.newBuilder()
                .setTypeUrl("type.googleapis.com/x.Y")
                .build());

        assertThat(peer.status()).contains("INVALID_ARGUMENT");
    }

    @Test
    void aStreamThatWasSentAwayMayStillSayThatItIsDone() {
        var client = sds.sotw();
        client.send(want("default").toBuilder().setTypeUrl("something else").build());
        assertThat(client.peer.status()).isNotEmpty();

        client.halfClose();

        assertThat(client.peer.status()).isNotEqualTo("OK");
    }
}
