package dev.outrigger.xds;

import static dev.outrigger.xds.Messages.CDS;
import static dev.outrigger.xds.Messages.EDS;
import static dev.outrigger.xds.Messages.NODE;
import static dev.outrigger.xds.Messages.delta;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrigger.proto.discovery.DeltaDiscoveryRequest;
import dev.outrigger.proto.discovery.DeltaDiscoveryResponse;
import dev.outrigger.proto.discovery.Resource;
import dev.outrigger.proto.rpc.Status;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeltaStateTest {
    private final DeltaState state = new DeltaState(Keeper.NONE);

    @Test
    void whatWasSaidBeforeTheFirstConnectionGoesOutAsItCame() throws Exception {
        var first =
                delta(CDS).setNode(NODE).putInitialResourceVersions("a", "1").build();
        assertThat(say(first)).isNull();

        assertThat(state.onUpstreamOpen()).containsExactly(first.toByteArray());
    }

    @Test
    void aReconnectTellsWhatTheClientHolds() throws Exception {
        state.onUpstreamOpen();
        say(delta(CDS).setNode(NODE).build());
        say(delta(EDS, "x", "y").build());
        push(CDS, "n1", Map.of("a", "1", "b", "1"));
        say(delta(CDS).setResponseNonce("n1").build());
        push(CDS, "n2", Map.of("a", "2"), "b");
        say(delta(CDS).setResponseNonce("n2").build());
        say(delta(EDS).addResourceNamesUnsubscribe("x").build());

        state.onUpstreamLost();

        assertThat(parse(state.onUpstreamOpen()))
                .containsExactly(
                        delta(CDS)
                                .setNode(NODE)
                                .putInitialResourceVersions("a", "2")
                                .build(),
                        delta(EDS, "y").build());
    }

    /// Envoy takes the good part of what it refuses as a whole. A control plane that is not told of that never says
    /// that
    /// it is gone.
    @Test
    void whatTheClientRefusedItMayHoldUntilItAcceptsAnother() throws Exception {
        state.onUpstreamOpen();
        say(delta(CDS).setNode(NODE).build());
        push(CDS, "n1", Map.of("a", "1", "b", "1"));
        say(delta(CDS).setResponseNonce("n1").build());
        push(CDS, "n2", Map.of("a", "2", "good", "2", "bad", "2"));
        say(refusal("n2"));

        assertThat(told()).isEqualTo(Map.of("a", "?", "good", "?", "bad", "?", "b", "1"));

        push(CDS, "n1", Map.of("a", "3"), "good");
        say(delta(CDS).setResponseNonce("n1").build());
        assertThat(told()).isEqualTo(Map.of("a", "3", "bad", "?", "b", "1"));
    }

    @Test
    void whatTheClientHasNotAnsweredItMayHold() throws Exception {
        state.onUpstreamOpen();
        say(delta(CDS).setNode(NODE).build());
        push(CDS, "n1", Map.of("a", "1", "b", "1"));
        say(delta(CDS).setResponseNonce("n1").build());
        push(CDS, "n2", Map.of("a", "2", "c", "1"), "b");

        assertThat(told()).isEqualTo(Map.of("a", "?", "c", "?", "b", "?"));

        say(delta(CDS).setResponseNonce("n2").build());
        assertThat(told()).isEqualTo(Map.of("a", "2", "c", "1"));
    }

    @Test
    void whatTheClientDoesNotWantAnyMoreIsInNoDoubt() throws Exception {
        state.onUpstreamOpen();
        say(delta(EDS, "x", "y").setNode(NODE).build());
        push(EDS, "n1", Map.of("x", "1", "y", "1"));
        say(delta(EDS)
                .setResponseNonce("n1")
                .setErrorDetail(Status.newBuilder().setMessage("no"))
                .build());
        say(delta(EDS).addResourceNamesUnsubscribe("x").build());

        assertThat(told()).isEqualTo(Map.of("y", "?"));
    }

    /// What the control plane hears of versions after a reconnect.
    private Map<String, String> told() throws Exception {
        state.onUpstreamLost();
        return parse(state.onUpstreamOpen()).getFirst().getInitialResourceVersionsMap();
    }

    private static DeltaDiscoveryRequest refusal(String nonce) {
        return delta(CDS)
                .setResponseNonce(nonce)
                .setErrorDetail(Status.newBuilder().setCode(13).setMessage("no"))
                .build();
    }

    @Test
    void anOldAckIsKeptBackButItsSubscriptionsGoOut() throws Exception {
        state.onUpstreamOpen();
        say(delta(EDS, "x").setNode(NODE).build());
        push(EDS, "1", Map.of("x", "1"));
        state.onUpstreamLost();
        state.onUpstreamOpen();

        var sent = say(delta(EDS, "z").setResponseNonce("1").build());

        assertThat(sent).isNotNull();
        assertThat(DeltaDiscoveryRequest.parseFrom(sent))
                .isEqualTo(delta(EDS, "z").build());
        push(EDS, "1", Map.of("x", "2"));
        var ack = delta(EDS).setResponseNonce("1").build();
        assertThat(say(ack)).isEqualTo(ack.toByteArray());
    }

    @Test
    void aWildcardWithNamesOfItsOwnIsSpelledOut() throws Exception {
        state.onUpstreamOpen();
        say(delta(CDS).setNode(NODE).build());
        say(delta(CDS, "extra").build());

        state.onUpstreamLost();

        assertThat(parse(state.onUpstreamOpen()).getFirst().getResourceNamesSubscribeList())
                .containsExactly("*", "extra");
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void afterAnyHistoryTheControlPlaneKnowsNamesAndVersions(long seed) throws Exception {
        var random = new Random(seed);
        for (int run = 0; run < 200; run++) {
            new Model(random).play(60);
        }
    }

    private byte @Nullable [] say(DeltaDiscoveryRequest request) throws Exception {
        return state.onRequest(Request.read(Protocol.DELTA, request.toByteArray()));
    }

    private void push(String typeUrl, String nonce, Map<String, String> versions, String... removed) throws Exception {
        state.onPush(Push.read(Protocol.DELTA, Message.of(response(typeUrl, nonce, versions, removed))));
    }

    private static byte[] response(String typeUrl, String nonce, Map<String, String> versions, String... removed) {
        var response = DeltaDiscoveryResponse.newBuilder()
                .setTypeUrl(typeUrl)
                .setNonce(nonce)
                .addAllRemovedResources(List.of(removed));
        versions.forEach((name, version) ->
                response.addResources(Resource.newBuilder().setName(name).setVersion(version)));
        return response.build().toByteArray();
    }

    private static List<DeltaDiscoveryRequest> parse(List<byte[]> messages) throws Exception {
        var parsed = new ArrayList<DeltaDiscoveryRequest>();
        for (var message : messages) {
            parsed.add(DeltaDiscoveryRequest.parseFrom(message));
        }
        return parsed;
    }

    /// A client that subscribes by name and a control plane that counts nonces from 1 on each stream.
    private static final class Model {
        private final Random random;
        private final DeltaState state = new DeltaState(Keeper.NONE);
        private final Set<String> wanted = new HashSet<>();
        private final Map<String, String> held = new HashMap<>();
        private final Set<String> refused = new HashSet<>();
        private final List<DeltaDiscoveryResponse> arriving = new ArrayList<>();
        private final Set<String> told = new HashSet<>();
        private final Set<String> nonces = new HashSet<>();
        private boolean live;
        private boolean started;
        private boolean heard;
        private int versions;

        Model(Random random) {
            this.random = random;
        }

        void play(int steps) throws Exception {
            for (int step = 0; step < steps; step++) {
                switch (random.nextInt(6)) {
                    case 0 -> lose();
                    case 1 -> open();
                    case 2 -> push();
                    case 3, 4 -> answer();
                    default -> want();
                }
                if (live && started) {
                    assertThat(told).isEqualTo(wanted);
                }
            }
        }

        private void lose() {
            live = false;
            state.onUpstreamLost();
        }

        private void open() throws Exception {
            if (live) {
                return;
            }
            live = true;
            told.clear();
            nonces.clear();
            heard = false;
            for (var message : parse(state.onUpstreamOpen())) {
                assertThat(message.getResponseNonce()).isEmpty();
                var known = new HashMap<>(message.getInitialResourceVersionsMap());
                var doubts = doubts();
                assertThat(known).containsAllEntriesOf(doubts);
                known.keySet().removeAll(doubts.keySet());
                assertThat(held).containsAllEntriesOf(known);
                hear(message);
            }
        }

        /// The client may hold what it refused, and what it will accept.
        private Map<String, String> doubts() {
            var doubts = new HashMap<String, String>();
            refused.forEach(name -> doubts.put(name, "?"));
            arriving.stream().flatMap(Model::names).filter(wanted::contains).forEach(name -> doubts.put(name, "?"));
            return doubts;
        }

        private static Stream<String> names(DeltaDiscoveryResponse push) {
            return Stream.concat(
                    push.getResourcesList().stream().map(Resource::getName), push.getRemovedResourcesList().stream());
        }

        private void push() throws Exception {
            if (!live || told.isEmpty()) {
                return;
            }
            var name = List.copyOf(told).get(random.nextInt(told.size()));
            var nonce = Integer.toString(nonces.size() + 1);
            nonces.add(nonce);
            var raw = random.nextInt(4) == 0
                    ? response(EDS, nonce, Map.of(), name)
                    : response(EDS, nonce, Map.of(name, "v" + ++versions));
            state.onPush(Push.read(Protocol.DELTA, Message.of(raw)));
            arriving.add(Messages.deltaPush(raw));
        }

        private void answer() throws Exception {
            if (arriving.isEmpty()) {
                return;
            }
            var push = arriving.removeFirst();
            var request = delta(EDS).setResponseNonce(push.getNonce());
            if (random.nextInt(4) == 0) {
                request.setErrorDetail(Status.newBuilder().setMessage("no"));
                names(push).filter(wanted::contains).forEach(refused::add);
            } else {
                names(push).forEach(refused::remove);
                push.getResourcesList().stream()
                        .filter(resource -> wanted.contains(resource.getName()))
                        .forEach(resource -> held.put(resource.getName(), resource.getVersion()));
                push.getRemovedResourcesList().forEach(held::remove);
            }
            say(request);
        }

        private void want() throws Exception {
            var name = "r" + random.nextInt(5);
            if (wanted.remove(name)) {
                held.remove(name);
                refused.remove(name);
                say(delta(EDS).addResourceNamesUnsubscribe(name));
            } else {
                wanted.add(name);
                say(delta(EDS, name));
            }
        }

        private void say(DeltaDiscoveryRequest.Builder request) throws Exception {
            if (!started) {
                started = true;
                request.setNode(NODE);
            }
            var sent =
                    state.onRequest(Request.read(Protocol.DELTA, request.build().toByteArray()));
            if (sent != null) {
                hear(DeltaDiscoveryRequest.parseFrom(sent));
            }
        }

        private void hear(DeltaDiscoveryRequest request) {
            assertThat(live).isTrue();
            assertThat(request.hasNode()).isEqualTo(!heard);
            heard = true;
            if (!request.getResponseNonce().isEmpty()) {
                assertThat(nonces).contains(request.getResponseNonce());
            }
            told.addAll(request.getResourceNamesSubscribeList());
            request.getResourceNamesUnsubscribeList().forEach(told::remove);
        }
    }
}
