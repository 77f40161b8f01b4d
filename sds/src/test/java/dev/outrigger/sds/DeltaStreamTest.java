package dev.outrigger.sds;

import static dev.outrigger.sds.TestService.ack;
import static dev.outrigger.sds.TestService.chain;
import static dev.outrigger.sds.TestService.nack;
import static dev.outrigger.sds.TestService.names;
import static dev.outrigger.sds.TestService.secrets;
import static dev.outrigger.sds.TestService.subscribe;
import static dev.outrigger.sds.TestService.unsubscribe;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrigger.proto.discovery.DeltaDiscoveryResponse;
import dev.outrigger.proto.discovery.Resource;
import dev.outrigger.testkit.TestCa;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DeltaStreamTest {
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
    void subscribedNamesComeWithNameAndVersion() {
        sds.offer(first);
        var client = sds.delta();

        client.send(subscribe("default", "nobody knows it"));

        var response = client.only();
        assertThat(response.getTypeUrl()).isEqualTo(SecretResource.TYPE_URL);
        assertThat(response.getRemovedResourcesList()).isEmpty();
        assertThat(response.getResourcesList()).extracting(Resource::getName).containsExactly("default");
        assertThat(response.getResources(0).getVersion()).isNotEmpty();
        assertThat(chain(secrets(response).getFirst())).isEqualTo(first.chainPem());
    }

    @Test
    void whoComesBeforeTheFirstIdentityIsServedAsSoonAsThereIsOne() {
        var client = sds.delta();
        client.send(subscribe("default", "ROOTCA"));
        assertThat(client.received()).isEmpty();

        sds.offer(first);

        assertThat(names(client.only())).containsExactly("default", "ROOTCA");
    }

    @Test
    void anAckIsCountedAndAnsweredWithNothing() {
        sds.offer(first);
        var client = sds.delta();
        client.send(subscribe("default"));

        client.send(ack(client.only()));

        assertThat(client.received()).isEmpty();
        assertThat(sds.count("outrigger.sds.acks")).isEqualTo(1);
    }

    @Test
    void aNackOfAnOlderResponseCountsForThatOne() {
        sds.offer(first);
        var client = sds.delta();
        client.send(subscribe("default"));
        var old = client.only();
        sds.offer(second);
        var current = client.only();

        client.send(nack(old, "refused"));
        client.send(ack(current));

        assertThat(client.received()).isEmpty();
        assertThat(sds.count("outrigger.sds.nacks")).isEqualTo(1);
        assertThat(sds.count("outrigger.sds.acks")).isEqualTo(1);
        var stream = sds.service.status().streams().getFirst();
        assertThat(stream.nacked()).isEqualTo(old.getSystemVersionInfo());
        assertThat(stream.acked()).isEqualTo(current.getSystemVersionInfo());
    }

    @Test
    void aNonceThatWasNeverGivenIsIgnoredButItsNamesAreNot() {
        sds.offer(first);
        var client = sds.delta();
        client.send(subscribe("default"));
        client.only();

        client.send(subscribe("ROOTCA").toBuilder().setResponseNonce("99").build());

        assertThat(names(client.only())).containsExactly("ROOTCA");
        assertThat(sds.count("outrigger.sds.acks")).isZero();
    }

    @Test
    void aRefusedSecretIsPushedAgainOnlyWhenItChanges() {
        sds.offer(first);
        var client = sds.delta();
        client.send(subscribe("default", "ROOTCA"));
        client.send(nack(client.only(), "refused"));

        sds.offer(TestIdentities.withBundle(first, OTHER.root()));

        assertThat(names(client.only())).containsExactly("ROOTCA");
    }

    @Test
    void aNameThatIsSubscribedAgainIsSentAgain() {
        sds.offer(first);
        var client = sds.delta();
        client.send(subscribe("default", "ROOTCA"));
        client.send(ack(client.only()));

        client.send(subscribe("default"));

        assertThat(names(client.only())).containsExactly("default");
    }

    @Test
    void anUnsubscribedNameIsNotPushed() {
        sds.offer(first);
        var client = sds.delta();
        client.send(subscribe("default", "ROOTCA"));
        client.only();

        client.send(unsubscribe("default", "never subscribed"));
        sds.offer(TestIdentities.withBundle(second, OTHER.root()));

        assertThat(names(client.only())).containsExactly("ROOTCA");
    }

    @Test
    void aReconnectedClientGetsOnlyWhatItDoesNotHave() {
        sds.offer(first);
        var before = sds.delta();
        before.send(subscribe("default", "ROOTCA"));
        var known = versions(before.only());
        sds.offer(second);
        var after = sds.delta();

        after.send(subscribe("default", "ROOTCA").toBuilder()
                .putAllInitialResourceVersions(known)
                .putInitialResourceVersions("gone", "1")
                .build());

        assertThat(names(after.only())).containsExactly("default");
    }

    @Test
    void versionsOfALaterMessageAreNotInitial() {
        sds.offer(first);
        var other = sds.delta();
        other.send(subscribe("default"));
        var known = versions(other.only());
        var client = sds.delta();
        client.send(subscribe("ROOTCA"));
        client.only();

        client.send(subscribe("default").toBuilder()
                .putAllInitialResourceVersions(known)
                .build());

        assertThat(names(client.only())).containsExactly("default");
    }

    @Test
    void aFirstRequestWithoutNamesWantsEverything() {
        sds.offer(first);
        var client = sds.delta();

        client.send(subscribe());
        var all = client.only();
        client.send(ack(all));
        sds.offer(second);

        assertThat(names(all)).containsExactly("ROOTCA", "default");
        assertThat(names(client.only())).containsExactly("default");
    }

    @Test
    void everythingGivenBackAndWantedAgainIsSentAgain() {
        sds.offer(first);
        var client = sds.delta();
        client.send(subscribe("*"));
        client.only();

        client.send(unsubscribe("*"));
        sds.offer(second);
        assertThat(client.received()).isEmpty();
        client.send(subscribe("*"));

        assertThat(names(client.only())).containsExactly("ROOTCA", "default");
    }

    @Test
    void aNameGivenBackUnderTheWildcardIsSentAsPartOfIt() {
        sds.offer(first);
        var client = sds.delta();
        client.send(subscribe("*", "default"));
        client.only();

        client.send(unsubscribe("default"));

        assertThat(names(client.only())).containsExactly("default");
    }

    @Test
    void aSlowReaderGetsTheNewestInsteadOfAQueue() {
        sds.offer(first);
        var client = sds.delta();
        client.send(subscribe("default"));
        client.only();
        client.peer.ready = false;
        sds.offer(TestIdentities.of(CA));
        sds.offer(second);

        client.becomeReady();

        assertThat(chain(secrets(client.only()).getFirst())).isEqualTo(second.chainPem());
    }

    private static Map<String, String> versions(DeltaDiscoveryResponse response) {
        return response.getResourcesList().stream().collect(Collectors.toMap(Resource::getName, Resource::getVersion));
    }
}
