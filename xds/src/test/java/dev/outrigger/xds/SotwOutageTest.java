package dev.outrigger.xds;

import static dev.outrigger.xds.Messages.CDS;
import static dev.outrigger.xds.Messages.EDS;
import static dev.outrigger.xds.Messages.NODE;
import static dev.outrigger.xds.Messages.sotw;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import dev.outrigger.proto.discovery.DiscoveryRequest;
import dev.outrigger.proto.discovery.DiscoveryResponse;
import dev.outrigger.proto.rpc.Status;
import java.net.ProtocolException;
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
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// State-of-the-world clients, agents and a control plane that come and go, against a model of what is kept. The
/// control plane believes a client that was served from what is kept: a version it claims to hold is never sent
/// to it.
class SotwOutageTest {
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

    /// Clusters by wildcard, endpoints by name; a resource is its name in field 1 and its content in field 2.
    private static final class Model {
        private final Random random;
        private final SnapshotFile file;
        private final Map<String, Map<String, String>> there = new HashMap<>();
        private final Map<String, String> version = new HashMap<>(Map.of(CDS, "v0", EDS, "v0"));
        private final Map<String, Map<String, String>> kept = new HashMap<>();
        /// Endpoints, whether anybody asks for them now or not.
        private final Map<String, String> everKept = new TreeMap<>();
        private KnownGood known = knownGood();
        private int counter;

        // one client's stream
        private StreamSnapshot snapshot;
        private SotwState state;
        private Map<String, Map<String, String>> held;
        private Map<String, String> accepted;
        private Map<String, String> lastNonce;
        private Set<String> wanted;
        private Deque<DiscoveryResponse> arriving;
        private boolean everAnswered;
        private boolean nodeSent;

        // one upstream stream
        private boolean live;
        private int nonces;
        private Map<String, String> told = new HashMap<>();
        private Map<String, String> toldNonce = new HashMap<>();
        private Map<String, Set<String>> subscribed = new HashMap<>();

        Model(Random random, Path path) throws Exception {
            this.random = random;
            this.file = new SnapshotFile(path);
            TYPES.forEach(type -> there.put(type, new TreeMap<>()));
            for (int i = 0; i < 3; i++) {
                of(there, EDS).put("r" + i, "first");
            }
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
                var contents = new TreeMap<String, String>();
                Messages.kept(known, new Snapshot.Client(NODE.getId(), ""), type)
                        .forEach((name, it) -> contents.put(name, content(it.value())));
                if (type.equals(EDS)) {
                    // What nobody asks for now may go, and need not.
                    contents.keySet().retainAll(wanted);
                    assertThat(everKept).containsAllEntriesOf(contents);
                    assertThat(contents).containsAllEntriesOf(nowKept());
                } else {
                    assertThat(contents).isEqualTo(kept.getOrDefault(type, Map.of()));
                }
            });
        }

        /// Endpoints that somebody has asked for ever since they were accepted.
        private Map<String, String> nowKept() {
            var now = new TreeMap<>(kept.getOrDefault(EDS, Map.of()));
            now.keySet().retainAll(wanted);
            return now;
        }

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
            assertThat(of(held, EDS)).containsAllEntriesOf(endpoints);
        }

        private void connect() throws Exception {
            live = false;
            snapshot = new StreamSnapshot(Protocol.SOTW, known, "own-" + ++counter + "-");
            state = new SotwState(snapshot);
            held = new HashMap<>(Map.of(CDS, new TreeMap<>(), EDS, new TreeMap<>()));
            accepted = new HashMap<>();
            lastNonce = new HashMap<>();
            wanted = new TreeSet<>();
            arriving = new ArrayDeque<>();
            everAnswered = false;
            nodeSent = false;
            say(CDS, null);
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
            told = new HashMap<>();
            toldNonce = new HashMap<>();
            subscribed = new HashMap<>();
            for (var message : state.onUpstreamOpen()) {
                var request = DiscoveryRequest.parseFrom(message);
                assertThat(request.getResponseNonce()).isEmpty();
                hear(request);
            }
        }

        private void change() {
            var type = TYPES.get(random.nextInt(2));
            var name = "r" + random.nextInt(5);
            if (type.equals(CDS) && random.nextInt(3) == 0) {
                of(there, type).remove(name);
            } else {
                of(there, type).put(name, "c" + ++counter);
            }
            version.put(type, "v" + ++counter);
            push(type);
        }

        private void push(String type) {
            if (!live || !subscribed.containsKey(type) || of(version, type).equals(told.get(type))) {
                return;
            }
            if (type.equals(EDS) && of(subscribed, EDS).isEmpty()) {
                return;
            }
            var response = DiscoveryResponse.newBuilder().setTypeUrl(type).setVersionInfo(of(version, type));
            of(there, type).forEach((name, content) -> {
                if (type.equals(CDS) || of(subscribed, type).contains(name)) {
                    var value = new Writer().string(1, name).string(2, content).toBytes();
                    response.addResources(Any.newBuilder().setTypeUrl(type).setValue(ByteString.copyFrom(value)));
                }
            });
            everAnswered = true;
            told.put(type, of(version, type));
            toldNonce.put(type, "" + ++nonces);
            var message = response.setNonce("" + nonces).build();
            try {
                state.onPush(Push.read(Protocol.SOTW, Message.of(message.toByteArray())));
            } catch (ProtocolException e) {
                throw new AssertionError(e);
            }
            arriving.add(message);
        }

        /// The control plane counts as away.
        private void serve() throws Exception {
            if (live || everAnswered) {
                return;
            }
            for (var push : snapshot.replies(state.wanted())) {
                state.onPush(push);
                var response = DiscoveryResponse.parseFrom(push.raw().toBytes());
                contents(response).forEach((name, content) -> {
                    assertThat(content)
                            .isEqualTo((push.typeUrl().equals(EDS) ? everKept : kept.getOrDefault(CDS, Map.of()))
                                    .get(name));
                    assertThat(push.typeUrl().equals(CDS) || wanted.contains(name))
                            .isTrue();
                });
                arriving.add(response);
            }
        }

        private void answer(boolean refuse) throws Exception {
            if (arriving.isEmpty()) {
                return;
            }
            var push = arriving.removeFirst();
            var type = push.getTypeUrl();
            lastNonce.put(type, push.getNonce());
            if (refuse) {
                say(type, Status.newBuilder().setMessage("no").build());
                return;
            }
            accepted.put(type, push.getVersionInfo());
            if (type.equals(CDS)) {
                held.put(type, new TreeMap<>(contents(push)));
            } else {
                of(held, type).putAll(contents(push));
                of(held, type).keySet().retainAll(wanted);
            }
            if (!push.getNonce().startsWith("own-")) {
                keep(type, push);
            }
            say(type, null);
        }

        private void keep(String type, DiscoveryResponse push) {
            if (type.equals(CDS)) {
                kept.put(type, new TreeMap<>(contents(push)));
            } else {
                var endpoints = kept.computeIfAbsent(type, _ -> new TreeMap<>());
                endpoints.putAll(contents(push));
                everKept.putAll(contents(push));
                endpoints.keySet().retainAll(wanted);
            }
        }

        private void want() throws Exception {
            var name = "r" + random.nextInt(5);
            if (wanted.remove(name)) {
                of(held, EDS).remove(name);
            } else {
                wanted.add(name);
            }
            say(EDS, null);
        }

        private void say(String type, @Nullable Status error) throws Exception {
            var request = sotw(type, type.equals(CDS) ? new String[0] : wanted.toArray(String[]::new))
                    .setVersionInfo(accepted.getOrDefault(type, ""))
                    .setResponseNonce(lastNonce.getOrDefault(type, ""));
            if (error != null) {
                request.setErrorDetail(error);
            }
            if (!nodeSent) {
                nodeSent = true;
                request.setNode(NODE);
            }
            var message = request.build();
            var read = Request.read(Protocol.SOTW, message.toByteArray());
            if (read.node() != null) {
                snapshot.node(read.node());
            }
            var sent = state.onRequest(read);
            snapshot.answered(message.getResponseNonce());
            if (sent != null) {
                hear(DiscoveryRequest.parseFrom(sent));
            }
        }

        private void hear(DiscoveryRequest request) {
            assertThat(live).isTrue();
            assertThat(request.getResponseNonce()).doesNotStartWith("own-");
            var type = request.getTypeUrl();
            var names = Set.copyOf(request.getResourceNamesList());
            var before = subscribed.put(type, names);
            if (before == null) {
                told.put(type, request.getVersionInfo());
            } else if (!names.equals(before)) {
                told.remove(type);
            }
            push(type);
        }

        private static Map<String, String> contents(DiscoveryResponse response) {
            var contents = new TreeMap<String, String>();
            for (var any : response.getResourcesList()) {
                var value = any.getValue().toByteArray();
                contents.put(field(value, 1), field(value, 2));
            }
            return contents;
        }

        /// Of a serialised `Any`.
        private static String content(byte[] any) {
            try {
                return field(Any.parseFrom(any).getValue().toByteArray(), 2);
            } catch (com.google.protobuf.InvalidProtocolBufferException e) {
                throw new AssertionError(e);
            }
        }

        private static String field(byte[] message, int number) {
            try {
                String text = "";
                for (var fields = new Fields(message); fields.next(); ) {
                    text = fields.number() == number ? fields.string() : text;
                }
                return text;
            } catch (ProtocolException e) {
                throw new AssertionError(e);
            }
        }

        private static <V> V of(Map<String, V> map, String key) {
            return Objects.requireNonNull(map.get(key));
        }

        private static KnownGood knownGood() {
            return new KnownGood(NODE.getId(), List.of("cp"), Duration.ofDays(1), () -> Instant.EPOCH, Runnable::run);
        }
    }
}
