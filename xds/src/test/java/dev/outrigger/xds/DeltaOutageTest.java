package dev.outrigger.xds;

import static dev.outrigger.xds.Messages.CDS;
import static dev.outrigger.xds.Messages.EDS;
import static dev.outrigger.xds.Messages.NODE;
import static dev.outrigger.xds.Messages.delta;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import dev.outrigger.proto.discovery.DeltaDiscoveryRequest;
import dev.outrigger.proto.discovery.DeltaDiscoveryResponse;
import dev.outrigger.proto.discovery.Resource;
import dev.outrigger.proto.rpc.Status;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Delta clients, agents and a control plane that come and go, against a model of what is kept.
class DeltaOutageTest {
    private static final List<String> TYPES = List.of(CDS, EDS);

    @TempDir
    Path folder;

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void whatIsKeptIsWhatWasAckedAndAfterAnOutageTheClientHoldsWhatTheControlPlaneHas(long seed) throws Exception {
        for (int run = 0; run < 30; run++) {
            new Model(new Random(seed * 1000 + run), folder.resolve("f")).play(120);
        }
    }

    /// Clusters by wildcard, endpoints by name.
    private static final class Model {
        private final Random random;
        private final SnapshotFile file;
        private final Map<String, Map<String, String>> there = new HashMap<>();
        private final Map<String, Map<String, String>> kept = new HashMap<>();
        private KnownGood known = knownGood();
        private Set<String> served = new TreeSet<>();
        private int counter;

        // one client's stream
        private StreamSnapshot snapshot;
        private DeltaState state;
        private Map<String, Map<String, String>> held;
        private Set<String> wanted;
        /// What the client has of what it accepted, and of the good part of what it refused.
        private Map<String, Map<String, String>> taken;
        /// Names in what the client refused, until it accepts another push of them.
        private Map<String, Set<String>> doubtful;
        /// Endpoints, whether anybody asks for them now or not.
        private final Map<String, String> everKept = new TreeMap<>();
        private Deque<DeltaDiscoveryResponse> arriving;
        private boolean everAnswered;
        private boolean nodeSent;

        // one upstream stream
        private boolean live;
        private int nonces;
        private Map<String, Map<String, String>> told = new HashMap<>();
        private Set<String> subscribed = new TreeSet<>();

        Model(Random random, Path path) throws Exception {
            this.random = random;
            this.file = new SnapshotFile(path);
            TYPES.forEach(type -> there.put(type, new TreeMap<>()));
            connect();
        }

        void play(int steps) throws Exception {
            for (int step = 0; step < steps; step++) {
                switch (random.nextInt(12)) {
                    case 0 -> lose();
                    case 1, 2 -> open();
                    case 3, 4 -> change();
                    case 5 -> want();
                    case 6 -> restartClient();
                    case 7 -> restartAgent();
                    case 8 -> serve();
                    default -> answer(random.nextInt(8) == 0);
                }
                check();
            }
            settle();
        }

        private void check() {
            TYPES.forEach(type -> {
                var versions = new TreeMap<String, String>();
                Messages.kept(known, new Snapshot.Client(NODE.getId(), ""), type)
                        .forEach((name, it) -> versions.put(name, it.version()));
                if (type.equals(EDS)) {
                    // What nobody asks for now may go, and need not.
                    versions.keySet().retainAll(wanted);
                    assertThat(everKept).containsAllEntriesOf(versions);
                    assertThat(versions).containsAllEntriesOf(nowKept());
                } else {
                    assertThat(versions).isEqualTo(kept.getOrDefault(type, Map.of()));
                }
            });
        }

        /// Endpoints that somebody has asked for ever since they were accepted.
        private Map<String, String> nowKept() {
            var now = new TreeMap<>(kept.getOrDefault(EDS, Map.of()));
            now.keySet().retainAll(wanted);
            return now;
        }

        /// Everybody answers, and the control plane comes back.
        private void settle() throws Exception {
            while (!arriving.isEmpty()) {
                answer(false);
            }
            lose();
            open();
            while (!arriving.isEmpty()) {
                answer(false);
            }
            assertThat(of(held, CDS)).isEqualTo(of(there, CDS));
            var endpoints = new TreeMap<>(of(there, EDS));
            endpoints.keySet().retainAll(wanted);
            assertThat(of(held, EDS)).isEqualTo(endpoints);
            assertThat(taken).isEqualTo(held);
        }

        private void connect() throws Exception {
            live = false;
            snapshot = new StreamSnapshot(Protocol.DELTA, known, "own-" + ++counter + "-");
            state = new DeltaState(snapshot);
            held = new HashMap<>(Map.of(CDS, new TreeMap<>(), EDS, new TreeMap<>()));
            taken = new HashMap<>(Map.of(CDS, new TreeMap<>(), EDS, new TreeMap<>()));
            doubtful = Map.of(CDS, new TreeSet<>(), EDS, new TreeSet<>());
            wanted = new TreeSet<>();
            arriving = new ArrayDeque<>();
            everAnswered = false;
            nodeSent = false;
            served = new TreeSet<>();
            say(delta(CDS));
        }

        private void restartClient() throws Exception {
            snapshot.closed();
            connect();
        }

        private void restartAgent() throws Exception {
            try (var snapshot = known.snapshot()) {
                file.write(snapshot);
            }
            known = knownGood();
            known.restore(Objects.requireNonNull(file.read()));
            connect();
        }

        private void lose() {
            live = false;
            state.onUpstreamLost();
        }

        private void open() throws Exception {
            if (live || snapshot.awaitsAnswer()) {
                return;
            }
            live = true;
            nonces = 0;
            told = new HashMap<>();
            subscribed = new TreeSet<>();
            for (var message : state.onUpstreamOpen()) {
                var request = DeltaDiscoveryRequest.parseFrom(message);
                assertThat(request.getResponseNonce()).isEmpty();
                hear(request);
            }
        }

        private void change() {
            var type = TYPES.get(random.nextInt(2));
            var name = "r" + random.nextInt(5);
            if (random.nextInt(3) == 0) {
                of(there, type).remove(name);
            } else {
                of(there, type).put(name, "v" + ++counter);
            }
            push(type, false);
        }

        /// Tells the client what it has not been told.
        private void push(String type, boolean always) {
            var client = told.get(type);
            if (!live || client == null) {
                return;
            }
            var response = DeltaDiscoveryResponse.newBuilder().setTypeUrl(type);
            of(there, type).forEach((name, version) -> {
                if (covers(type, name) && !version.equals(client.put(name, version))) {
                    response.addResources(Resource.newBuilder()
                            .setName(name)
                            .setVersion(version)
                            .setResource(Any.newBuilder().setTypeUrl(type)));
                }
            });
            for (var name : Set.copyOf(client.keySet())) {
                if (!of(there, type).containsKey(name)) {
                    client.remove(name);
                    response.addRemovedResources(name);
                }
            }
            if (always || response.getResourcesCount() + response.getRemovedResourcesCount() > 0) {
                everAnswered = true;
                deliver(response.setNonce("" + ++nonces).build());
            }
        }

        private boolean covers(String type, String name) {
            return type.equals(CDS) || subscribed.contains(name);
        }

        private void deliver(DeltaDiscoveryResponse response) {
            try {
                state.onPush(Push.read(Protocol.DELTA, Message.of(response.toByteArray())));
            } catch (java.net.ProtocolException e) {
                throw new AssertionError(e);
            }
            arriving.add(response);
        }

        /// The control plane counts as away.
        private void serve() throws Exception {
            if (live || everAnswered) {
                return;
            }
            for (var push : snapshot.replies(state.wanted())) {
                state.onPush(push);
                var response = DeltaDiscoveryResponse.parseFrom(push.raw().toBytes());
                response.getResourcesList().forEach(it -> {
                    assertThat(it.getVersion())
                            .isEqualTo((push.typeUrl().equals(EDS) ? everKept : kept.getOrDefault(CDS, Map.of()))
                                    .get(it.getName()));
                    assertThat(push.typeUrl().equals(CDS) || wanted.contains(it.getName()))
                            .isTrue();
                });
                assertThat(served.add(push.nonce())).isTrue();
                arriving.add(response);
            }
        }

        private void answer(boolean refuse) throws Exception {
            if (arriving.isEmpty()) {
                return;
            }
            var push = arriving.removeFirst();
            var type = push.getTypeUrl();
            var answer = delta(type).setResponseNonce(push.getNonce());
            take(type, push, refuse);
            if (refuse) {
                answer.setErrorDetail(Status.newBuilder().setMessage("no"));
                names(push)
                        .filter(it -> type.equals(CDS) || wanted.contains(it))
                        .forEach(of(doubtful, type)::add);
            } else {
                push.getResourcesList().stream()
                        .filter(it -> type.equals(CDS) || wanted.contains(it.getName()))
                        .forEach(it -> of(held, type).put(it.getName(), it.getVersion()));
                push.getRemovedResourcesList().forEach(of(held, type)::remove);
                names(push).forEach(of(doubtful, type)::remove);
                if (!served.contains(push.getNonce())) {
                    keep(type, push);
                }
            }
            say(answer);
        }

        /// As Envoy does: of what it refuses as a whole it takes the good part.
        private void take(String type, DeltaDiscoveryResponse push, boolean refuse) {
            push.getResourcesList().stream()
                    .filter(it -> type.equals(CDS) || wanted.contains(it.getName()))
                    .filter(_ -> !refuse || random.nextBoolean())
                    .forEach(it -> of(taken, type).put(it.getName(), it.getVersion()));
            push.getRemovedResourcesList().stream()
                    .filter(_ -> !refuse || random.nextBoolean())
                    .forEach(of(taken, type)::remove);
        }

        private static Stream<String> names(DeltaDiscoveryResponse push) {
            return Stream.concat(
                    push.getResourcesList().stream().map(Resource::getName), push.getRemovedResourcesList().stream());
        }

        private void keep(String type, DeltaDiscoveryResponse push) {
            if (type.equals(CDS)) {
                var clusters = kept.computeIfAbsent(type, _ -> new TreeMap<>());
                clusters.keySet().retainAll(of(doubtful, CDS));
                clusters.putAll(of(held, type));
                return;
            }
            var endpoints = kept.computeIfAbsent(type, _ -> new TreeMap<>());
            endpoints.keySet().retainAll(wanted);
            push.getRemovedResourcesList().forEach(endpoints::remove);
            push.getRemovedResourcesList().forEach(everKept::remove);
            push.getResourcesList().stream()
                    .filter(it ->
                            wanted.contains(it.getName()) && of(held, type).containsKey(it.getName()))
                    .forEach(it -> {
                        endpoints.put(it.getName(), it.getVersion());
                        everKept.put(it.getName(), it.getVersion());
                    });
        }

        private void want() throws Exception {
            var name = "r" + random.nextInt(5);
            if (wanted.remove(name)) {
                of(held, EDS).remove(name);
                of(taken, EDS).remove(name);
                of(doubtful, EDS).remove(name);
                // A push on its way to the client is not for the name any more, even if it is asked for again.
                forget(name);
                say(delta(EDS).addResourceNamesUnsubscribe(name));
            } else {
                wanted.add(name);
                say(delta(EDS, name));
            }
        }

        private void forget(String name) {
            var changed = new ArrayDeque<DeltaDiscoveryResponse>();
            for (var response : arriving) {
                var copy = response.toBuilder();
                if (response.getTypeUrl().equals(EDS)) {
                    copy.clearResources();
                    response.getResourcesList().stream()
                            .filter(it -> !it.getName().equals(name))
                            .forEach(copy::addResources);
                }
                changed.add(copy.build());
            }
            arriving = changed;
        }

        private void say(DeltaDiscoveryRequest.Builder request) throws Exception {
            if (!nodeSent) {
                nodeSent = true;
                request.setNode(NODE);
            }
            var message = request.build();
            var read = Request.read(Protocol.DELTA, message.toByteArray());
            if (read.node() != null) {
                snapshot.node(read.node());
            }
            var sent = state.onRequest(read);
            snapshot.answered(message.getResponseNonce());
            if (sent != null) {
                hear(DeltaDiscoveryRequest.parseFrom(sent));
            }
        }

        private void hear(DeltaDiscoveryRequest request) {
            assertThat(live).isTrue();
            assertThat(request.getResponseNonce()).doesNotStartWith("own-");
            var type = request.getTypeUrl();
            var first = !told.containsKey(type);
            var client = told.computeIfAbsent(type, _ -> new TreeMap<>());
            client.putAll(request.getInitialResourceVersionsMap());
            if (first && arriving.isEmpty()) {
                var known = new TreeMap<>(of(held, type));
                of(doubtful, type).forEach(name -> known.put(name, "?"));
                assertThat(client).isEqualTo(known);
            }
            request.getResourceNamesSubscribeList().forEach(name -> {
                if (type.equals(EDS)) {
                    subscribed.add(name);
                    client.computeIfPresent(name, (_, version) -> first ? version : null);
                }
            });
            request.getResourceNamesUnsubscribeList().forEach(name -> {
                subscribed.remove(name);
                client.remove(name);
            });
            push(type, first);
        }

        private static <V> V of(Map<String, V> map, String key) {
            return Objects.requireNonNull(map.get(key));
        }

        private static KnownGood knownGood() {
            return new KnownGood(NODE.getId(), List.of("cp"), Duration.ofDays(1), () -> Instant.EPOCH, Runnable::run);
        }
    }
}
