package dev.outrigger.xds;

import static dev.outrigger.xds.Messages.CDS;
import static dev.outrigger.xds.Messages.EDS;
import static dev.outrigger.xds.Messages.LDS;
import static dev.outrigger.xds.Messages.NODE;
import static dev.outrigger.xds.Messages.sotw;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrigger.proto.discovery.DiscoveryRequest;
import dev.outrigger.proto.discovery.DiscoveryResponse;
import java.net.ProtocolException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SotwStateTest {
    private SotwState state = new SotwState(Keeper.NONE);

    @Test
    void whatWasSaidBeforeTheFirstConnectionGoesOutAsItCame() {
        var first = sotw(CDS).setNode(NODE).build().toByteArray();
        assertThat(say(first)).isNull();

        assertThat(state.onUpstreamOpen()).containsExactly(first);
    }

    @Test
    void aReconnectTellsNodeNamesAndVersionWithoutNonce() throws Exception {
        state.onUpstreamOpen();
        say(sotw(CDS).setNode(NODE).build().toByteArray());
        say(sotw(EDS, "a", "b").build().toByteArray());
        push(CDS, "7", "n1");
        say(sotw(CDS).setVersionInfo("7").setResponseNonce("n1").build().toByteArray());

        state.onUpstreamLost();
        var again = parse(state.onUpstreamOpen());

        assertThat(again)
                .containsExactly(
                        sotw(CDS).setNode(NODE).setVersionInfo("7").build(),
                        sotw(EDS, "a", "b").build());
    }

    @Test
    void anAckOfTheOldStreamIsKeptBackButItsVersionCounts() throws Exception {
        state.onUpstreamOpen();
        say(sotw(CDS).setNode(NODE).build().toByteArray());
        push(CDS, "7", "1");
        state.onUpstreamLost();
        state.onUpstreamOpen();
        push(CDS, "8", "1");

        var sent =
                say(sotw(CDS).setVersionInfo("7").setResponseNonce("1").build().toByteArray());
        var ack = sotw(CDS).setVersionInfo("8").setResponseNonce("1").build().toByteArray();

        assertThat(sent).isNull();
        assertThat(say(ack)).isEqualTo(ack);
        state.onUpstreamLost();
        assertThat(parse(state.onUpstreamOpen()).getFirst().getVersionInfo()).isEqualTo("8");
    }

    @Test
    void namesThatComeWithAnOldNonceAreStillAskedFor() throws Exception {
        state.onUpstreamOpen();
        say(sotw(EDS, "a").setNode(NODE).build().toByteArray());
        push(EDS, "1", "n1", "a");
        say(sotw(EDS, "a").setVersionInfo("1").setResponseNonce("n1").build().toByteArray());
        state.onUpstreamLost();
        state.onUpstreamOpen();

        var sent = say(sotw(EDS, "a", "b")
                .setVersionInfo("1")
                .setResponseNonce("n1")
                .build()
                .toByteArray());

        assertThat(sent).isNotNull();
        assertThat(parse(List.of(sent))).containsExactly(sotw(EDS, "a", "b").build());
    }

    @Test
    void aNameThatCameUpDuringAnOutageIsOwedSoTheVersionIsNotClaimed() throws Exception {
        state.onUpstreamOpen();
        say(sotw(EDS, "a").setNode(NODE).build().toByteArray());
        push(EDS, "1", "n1", "a");
        say(ackOf("n1", "1", "a"));
        state.onUpstreamLost();
        assertThat(parse(state.onUpstreamOpen()).getFirst().getVersionInfo()).isEqualTo("1");
        state.onUpstreamLost();

        say(ackOf("n1", "1", "a", "b"));

        assertThat(parse(state.onUpstreamOpen()))
                .containsExactly(sotw(EDS, "a", "b").setNode(NODE).build());
        push(EDS, "1", "n1", "a", "b");
        say(ackOf("n1", "1", "a", "b"));
        state.onUpstreamLost();
        assertThat(parse(state.onUpstreamOpen()).getFirst().getVersionInfo()).isEqualTo("1");
    }

    @Test
    void aNameGivenBackAndAskedForAgainIsOwedAgain() throws Exception {
        state.onUpstreamOpen();
        say(sotw(EDS, "a", "b").setNode(NODE).build().toByteArray());
        push(EDS, "1", "n1", "a", "b");
        say(ackOf("n1", "1", "a", "b"));
        say(ackOf("n1", "1", "a"));
        state.onUpstreamLost();

        say(ackOf("n1", "1", "a", "b"));

        assertThat(parse(state.onUpstreamOpen()).getFirst().getVersionInfo()).isEmpty();
    }

    @Test
    void aRepeatedNonceAndVersionWithOtherNamesIsNoAnswerYet() throws Exception {
        var acked = new ArrayList<String>();
        state = new SotwState(new Keeper() {
            @Override
            public boolean keeps(String typeUrl) {
                return true;
            }

            @Override
            public boolean isOwn(String nonce) {
                return false;
            }

            @Override
            public void acked(String typeUrl, Sent push, Scope scope) {
                acked.add(push.session() + ":" + push.nonce());
            }
        });
        state.onUpstreamOpen();
        say(sotw(EDS, "a").setNode(NODE).build().toByteArray());
        push(EDS, "1", "1", "a");
        say(ackOf("1", "1", "a"));
        state.onUpstreamLost();
        state.onUpstreamOpen();
        push(EDS, "1", "1", "a");

        var names = say(ackOf("1", "1", "a", "b")); // sent before the second push came

        assertThat(names).isEqualTo(ackOf("1", "1", "a", "b"));
        assertThat(acked).containsExactly("1:1");
        say(ackOf("1", "1", "a", "b"));
        assertThat(acked).containsExactly("1:1", "2:1");
    }

    private static byte[] ackOf(String nonce, String version, String... names) {
        return sotw(EDS, names)
                .setVersionInfo(version)
                .setResponseNonce(nonce)
                .build()
                .toByteArray();
    }

    @Test
    void aTypeGivenBackIsNotAskedForAgain() throws Exception {
        state.onUpstreamOpen();
        say(sotw(LDS).setNode(NODE).build().toByteArray());
        say(sotw(EDS, "a").build().toByteArray());
        say(sotw(EDS).build().toByteArray());

        state.onUpstreamLost();

        assertThat(parse(state.onUpstreamOpen()))
                .extracting(DiscoveryRequest::getTypeUrl)
                .containsExactly(LDS);
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void afterAnyHistoryTheControlPlaneKnowsWhatTheClientWants(long seed) throws Exception {
        var random = new Random(seed);
        for (int run = 0; run < 200; run++) {
            new Model(random).play(60);
        }
    }

    private byte @Nullable [] say(byte[] message) {
        try {
            return state.onRequest(Request.read(Protocol.SOTW, message));
        } catch (ProtocolException e) {
            throw new AssertionError(e);
        }
    }

    private void push(String typeUrl, String version, String nonce, String... names) throws ProtocolException {
        state.onPush(Push.read(Protocol.SOTW, Message.of(response(typeUrl, version, nonce, List.of(names)))));
    }

    private static byte[] response(String typeUrl, String version, String nonce, List<String> names) {
        var response = DiscoveryResponse.newBuilder()
                .setTypeUrl(typeUrl)
                .setVersionInfo(version)
                .setNonce(nonce);
        names.forEach(name -> response.addResources(Any.newBuilder()
                .setTypeUrl(typeUrl)
                .setValue(ByteString.copyFrom(
                        new Writer().string(1, name).string(2, version).toBytes()))));
        return response.build().toByteArray();
    }

    private static List<DiscoveryRequest> parse(List<byte[]> messages) throws InvalidProtocolBufferException {
        var parsed = new ArrayList<DiscoveryRequest>();
        for (var message : messages) {
            parsed.add(DiscoveryRequest.parseFrom(message));
        }
        return parsed;
    }

    /// A client and a control plane that counts nonces from 1 on each stream, with the state between them.
    private static final class Model {
        private final Random random;
        private final SotwState state = new SotwState(Keeper.NONE);
        private final Map<String, List<String>> wanted = new HashMap<>();
        private final Map<String, String> version = new HashMap<>();
        private final Map<String, String> nonce = new HashMap<>();
        private final Map<String, Set<String>> held = new HashMap<>();
        private final List<DiscoveryResponse> arriving = new ArrayList<>();
        private final Map<String, List<String>> told = new HashMap<>();
        private final Map<String, String> lastNonce = new HashMap<>();
        private boolean live;
        private boolean nodeSent;
        private boolean heard;
        private int nonces;
        private int versions;

        Model(Random random) {
            this.random = random;
        }

        void play(int steps) throws Exception {
            for (int step = 0; step < steps; step++) {
                switch (random.nextInt(6)) {
                    case 0 -> lose();
                    case 1 -> open();
                    case 2, 3 -> push();
                    case 4 -> answer();
                    default -> want();
                }
            }
            open();
            while (!arriving.isEmpty()) {
                answer();
            }
            wanted.forEach((type, names) ->
                    assertThat(told.getOrDefault(type, List.of())).isEqualTo(names));
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
            nonces = 0;
            told.clear();
            lastNonce.clear();
            heard = false;
            for (var message : parse(state.onUpstreamOpen())) {
                assertThat(message.getResponseNonce()).isEmpty();
                boolean complete =
                        held.getOrDefault(message.getTypeUrl(), Set.of()).containsAll(message.getResourceNamesList());
                // Names asked for again while a push was on its way may be taken for owed, never the other way round.
                if (!complete || !message.getVersionInfo().isEmpty()) {
                    assertThat(message.getVersionInfo())
                            .isEqualTo(complete ? version.getOrDefault(message.getTypeUrl(), "") : "");
                }
                hear(message);
            }
        }

        private void push() throws ProtocolException {
            if (!live || told.isEmpty()) {
                return;
            }
            var type = List.copyOf(told.keySet()).get(random.nextInt(told.size()));
            lastNonce.put(type, Integer.toString(++nonces));
            var raw = response(type, "v" + ++versions, Integer.toString(nonces), told.getOrDefault(type, List.of()));
            state.onPush(Push.read(Protocol.SOTW, Message.of(raw)));
            arriving.add(Messages.sotwPush(raw));
        }

        private void answer() throws Exception {
            if (arriving.isEmpty()) {
                return;
            }
            var push = arriving.removeFirst();
            nonce.put(push.getTypeUrl(), push.getNonce());
            if (random.nextInt(4) > 0) {
                version.put(push.getTypeUrl(), push.getVersionInfo());
                var names = wanted.getOrDefault(push.getTypeUrl(), List.of());
                var has = held.computeIfAbsent(push.getTypeUrl(), _ -> new HashSet<>());
                push.getResourcesList().stream()
                        .map(Model::name)
                        .filter(names::contains)
                        .forEach(has::add);
            }
            say(push.getTypeUrl());
        }

        private void want() throws Exception {
            var type = List.of(EDS, LDS, CDS).get(random.nextInt(3));
            var names = new ArrayList<String>();
            names.add("always");
            for (int i = random.nextInt(3); i > 0; i--) {
                names.add("r" + random.nextInt(5));
            }
            wanted.put(type, names);
            held.getOrDefault(type, new HashSet<>()).retainAll(names);
            say(type);
        }

        private void say(String type) throws Exception {
            var request = sotw(type)
                    .addAllResourceNames(wanted.getOrDefault(type, List.of()))
                    .setVersionInfo(version.getOrDefault(type, ""))
                    .setResponseNonce(nonce.getOrDefault(type, ""));
            if (!nodeSent) {
                request.setNode(NODE);
                nodeSent = true;
            }
            var sent =
                    state.onRequest(Request.read(Protocol.SOTW, request.build().toByteArray()));
            if (sent != null) {
                hear(DiscoveryRequest.parseFrom(sent));
            }
        }

        private static String name(Any resource) {
            try {
                var fields = new Fields(resource.getValue().toByteArray());
                return fields.next() ? fields.string() : "";
            } catch (ProtocolException e) {
                throw new AssertionError(e);
            }
        }

        /// As a control plane must: a request with a nonce that is not the last one of the type is ignored.
        private void hear(DiscoveryRequest request) {
            assertThat(live).isTrue();
            assertThat(request.hasNode()).isEqualTo(!heard);
            heard = true;
            var last = lastNonce.getOrDefault(request.getTypeUrl(), "");
            if (request.getResponseNonce().isEmpty()
                    || request.getResponseNonce().equals(last)) {
                told.put(request.getTypeUrl(), List.copyOf(request.getResourceNamesList()));
            }
        }
    }
}
