package dev.outrigger.xds;

import static dev.outrigger.xds.Messages.CDS;
import static dev.outrigger.xds.Messages.EDS;
import static dev.outrigger.xds.Messages.LDS;
import static dev.outrigger.xds.Messages.kept;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrigger.proto.discovery.DeltaDiscoveryResponse;
import dev.outrigger.testkit.FakeScheduler;
import dev.outrigger.xds.Snapshot.Client;
import dev.outrigger.xds.Snapshot.KeptType;
import java.net.ProtocolException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class KnownGoodTest {
    private static final String RDS = "type.googleapis.com/envoy.config.route.v3.RouteConfiguration";
    private static final Client ENVOY = new Client("n", "envoy");

    private final FakeScheduler scheduler = new FakeScheduler(Instant.parse("2026-03-01T12:00:00Z"));
    private final KnownGood known = known(Runnable::run);

    @Test
    void sixteenClientsAreKeptAndTheOneThatLeftMakesRoom() throws Exception {
        for (int i = 0; i < 16; i++) {
            known.opened(new Client("n" + i, "grpc"));
            ack(known, new Client("n" + i, "grpc"), "1", Map.of("a", "A"));
        }
        known.opened(ENVOY);

        ack(known, ENVOY, "1", Map.of("a", "A"));
        assertThat(kept(known, ENVOY, CDS)).isEmpty();
        known.closed(new Client("n3", "grpc"));
        ack(known, ENVOY, "1", Map.of("a", "A"));

        assertThat(kept(known, ENVOY, CDS)).isNotEmpty();
        assertThat(kept(known, new Client("n3", "grpc"), CDS)).isEmpty();
        try (var snapshot = known.snapshot()) {
            assertThat(snapshot.clients()).hasSize(16);
        }
    }

    @Test
    void aClientThatWasAwayLongerThanTheMaximumAgeIsNotServedWhatItHadThen() throws Exception {
        known.opened(ENVOY);
        ack(known, ENVOY, "1", Map.of("a", "A"));
        known.closed(ENVOY);
        scheduler.advance(Duration.ofHours(24));

        known.opened(ENVOY);
        assertThat(kept(known, ENVOY, CDS)).isNotEmpty();
        known.closed(ENVOY);
        scheduler.advance(Duration.ofHours(24).plusMillis(1));
        known.opened(ENVOY);

        assertThat(kept(known, ENVOY, CDS)).isEmpty();
    }

    @Test
    void whatIsNewerThanTheFileStays() throws Exception {
        ack(known, ENVOY, "2", Map.of("a", "new"));
        var old = new LinkedHashMap<String, KeptType>();
        old.put(CDS, type("z"));
        old.put(LDS, type("l"));

        known.restore(new Snapshot("n", List.of("cp"), scheduler.instant().minusSeconds(9), Map.of(ENVOY, old)));

        assertThat(names(known, CDS)).containsExactly("a");
        assertThat(names(known, LDS)).containsExactly("l");
    }

    @Test
    void whatIsBeingWrittenToTheFileStaysAsItWas() throws Exception {
        ack(known, ENVOY, "1", Map.of("a", "A"));

        try (var snapshot = known.snapshot()) {
            var written = Objects.requireNonNull(
                            Objects.requireNonNull(snapshot.clients().get(ENVOY))
                                    .get(CDS))
                    .resources();
            ack(known, ENVOY, "2", Map.of("a", "B"));

            assertThat(written.version(0)).isEqualTo("1");
            assertThat(new String(written.value(0), UTF_8)).contains("A");
        }
        assertThat(kept(known, ENVOY, CDS)).hasEntrySatisfying("a", it -> {
            assertThat(it.version()).isEqualTo("2");
            assertThat(new String(it.value(), UTF_8)).contains("B");
        });
    }

    @Test
    void pushesAreTakenApartWhenSomebodyLooks() throws Exception {
        var tasks = new ArrayList<Runnable>();
        var lazy = known(tasks::add);
        var changes = new ArrayList<Boolean>();
        lazy.onChange(changes::add);

        ack(lazy, ENVOY, "1", Map.of("a", "A"));
        ack(lazy, ENVOY, "2", Map.of("b", "B"));

        assertThat(changes).containsExactly(false, false);
        assertThat(tasks).isEmpty();
        assertThat(names(lazy, CDS)).containsExactlyInAnyOrder("a", "b");
    }

    @Test
    void whatALaterPushOutdatesIsNeverTakenApart() throws Exception {
        var tasks = new ArrayList<Runnable>();
        var lazy = known(tasks::add);
        var megabyte = "x".repeat(1 << 20);

        for (int i = 0; i < 100; i++) {
            ack(lazy, ENVOY, "" + i, Map.of("a", megabyte));
        }

        assertThat(tasks).isEmpty();
        assertThat(names(lazy, CDS)).containsExactly("a");
        assertThat(kept(lazy, ENVOY, CDS).values())
                .extracting(HandledResource::version)
                .containsExactly("99");
    }

    @Test
    void whoIsFasterThanThatWaits() throws Exception {
        var tasks = new ArrayList<Runnable>();
        var lazy = known(tasks::add);
        var megabyte = "x".repeat(1 << 20);

        for (int i = 0; i < 40; i++) {
            ack(lazy, ENVOY, "" + i, Map.of("a" + i, megabyte));
        }

        assertThat(tasks).hasSizeBetween(1, 30);
        assertThat(names(lazy, CDS)).hasSize(40);
    }

    @Test
    void aPushWhoseMessageWasDroppedTakesOutWhatItChanged() throws Exception {
        ack(known, ENVOY, "1", Map.of("a", "A", "b", "B"));
        var push = sent("2", Map.of("a", "A2"));
        push.release();

        known.acked(new Accepted(ENVOY, Protocol.DELTA, CDS, push, push.takeRaw(), everyName(), true));

        assertThat(names(known, CDS)).containsExactly("b");
    }

    @Test
    void unansweredPushesHoldBoundedMemory() throws Exception {
        var log = new PushLog();
        var pushes = new ArrayList<Sent>();
        for (int i = 0; i < 9; i++) {
            pushes.add(sent("" + i, Map.of("a", "x".repeat(4 << 20))));
            log.add(pushes.getLast());
        }

        long held = 0;
        for (int i = 0; i < 9; i++) {
            held += Objects.requireNonNull(log.answer("nonce-" + i)).rawBytes();
        }

        assertThat(held).isBetween(4L << 20, 12L << 20);
    }

    @ParameterizedTest
    @EnumSource
    void clustersComeBeforeEndpointsListenersAndRoutesWhateverTheOrderOfRequests(Protocol protocol) throws Exception {
        var types = new LinkedHashMap<String, KeptType>();
        for (var type : List.of(RDS, "other", LDS, EDS, CDS)) {
            types.put(type, type("x"));
        }
        known.restore(new Snapshot("n", List.of("cp"), scheduler.instant(), Map.of(new Client("n", ""), types)));
        var stream = new StreamSnapshot(protocol, known, "own-");
        var request = new Writer().message(protocol.node, new Writer().string(1, "n"));
        stream.node(
                Objects.requireNonNull(Request.read(protocol, request.toBytes()).node()));

        var pushes = stream.replies(List.of(
                wanted(RDS),
                wanted("other"),
                wanted(LDS),
                wanted(CDS),
                new StreamState.Wanted(EDS, false, Set.of("x"))));

        assertThat(pushes).extracting(Push::typeUrl).containsExactly(CDS, EDS, LDS, RDS, "other");
    }

    private KnownGood known(Executor offload) {
        return new KnownGood("n", List.of("cp"), Duration.ofHours(24), scheduler, offload);
    }

    private static StreamState.Wanted wanted(String typeUrl) {
        return new StreamState.Wanted(typeUrl, true, Set.of());
    }

    private static KeptType type(String name) {
        var resources = new KeptResources();
        resources.put(name, "1", new byte[0]);
        return new KeptType("1", null, resources);
    }

    private static Set<String> names(KnownGood known, String typeUrl) {
        return kept(known, ENVOY, typeUrl).keySet();
    }

    private static Keeper.Scope everyName() {
        return new Keeper.Scope(false, true, null, List.of());
    }

    private void ack(KnownGood known, Client client, String version, Map<String, String> contents)
            throws ProtocolException {
        var push = sent(version, contents);
        known.acked(new Accepted(client, Protocol.DELTA, CDS, push, push.takeRaw(), everyName(), true));
    }

    private Sent sent(String version, Map<String, String> contents) throws ProtocolException {
        var response = DeltaDiscoveryResponse.newBuilder().setTypeUrl(CDS).setNonce("nonce-" + version);
        contents.forEach((name, content) -> response.addResources(dev.outrigger.proto.discovery.Resource.newBuilder()
                .setName(name)
                .setVersion(version)
                .setResource(com.google.protobuf.Any.newBuilder().setTypeUrl(content))));
        var push = Push.read(Protocol.DELTA, Message.of(response.build().toByteArray()));
        return Sent.of(push, 1, new StreamSnapshot(Protocol.DELTA, known, "own-"));
    }
}
