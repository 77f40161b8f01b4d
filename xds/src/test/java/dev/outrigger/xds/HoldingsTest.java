package dev.outrigger.xds;

import static dev.outrigger.xds.Messages.CDS;
import static dev.outrigger.xds.Messages.EDS;
import static dev.outrigger.xds.Messages.NODE;
import static dev.outrigger.xds.Messages.delta;
import static dev.outrigger.xds.Messages.sotw;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import dev.outrigger.proto.discovery.DeltaDiscoveryResponse;
import dev.outrigger.proto.discovery.DiscoveryResponse;
import dev.outrigger.proto.discovery.Resource;
import dev.outrigger.testkit.FakeScheduler;
import dev.outrigger.xds.XdsPush.Answer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HoldingsTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final FakeScheduler clock = new FakeScheduler(START);
    private final Journal journal = new Journal(clock);
    private final Holdings sotw = new Holdings(1, Protocol.SOTW, journal);
    private final Holdings delta = new Holdings(2, Protocol.DELTA, journal);

    @Test
    void aStateOfTheWorldPushTellsWhatItAddedChangedAndRemoved() throws Exception {
        sotw.asked(read(sotw(CDS).setNode(NODE).build()));
        push(sotw, world(CDS, "1", "n1", Map.of("a", "A", "b", "B", "c", "C")));
        sotw.answered(CDS, "n1", "1", null);
        clock.advance(Duration.ofSeconds(5));

        push(sotw, world(CDS, "2", "n2", Map.of("a", "A", "b", "B2", "d", "D")));
        sotw.answered(CDS, "n2", "2", null);

        var last = journal.pushes().getLast();
        assertThat(last.added().names()).containsExactly("d");
        assertThat(last.changed().names()).containsExactly("b");
        assertThat(last.removed().names()).containsExactly("c");
        var held = sotw.types().getFirst().held();
        assertThat(held).extracting(XdsHistory.Resource::name).containsExactly("a", "b", "d");
        assertThat(held).extracting(XdsHistory.Resource::version).containsExactly("1", "2", "2");
        assertThat(held).extracting(XdsHistory.Resource::changedBy).containsExactly(1L, 2L, 2L);
        assertThat(held).extracting(XdsHistory.Resource::carriedBy).containsOnly(2L);
        assertThat(held.getFirst().since()).isEqualTo(START);
    }

    @Test
    void aPartOfTheEndpointsTakesNoneAway() throws Exception {
        sotw.asked(read(sotw(EDS, "a", "b").build()));
        push(sotw, world(EDS, "1", "n1", Map.of("a", "A", "b", "B")));
        sotw.answered(EDS, "n1", "1", null);

        push(sotw, world(EDS, "2", "n2", Map.of("a", "A2")));
        sotw.answered(EDS, "n2", "2", null);

        assertThat(journal.pushes().getLast().removed().count()).isZero();
        assertThat(names(sotw)).containsExactly("a", "b");
        sotw.asked(read(sotw(EDS, "b").build()));
        assertThat(names(sotw)).containsExactly("b");
    }

    @Test
    void whatWasRefusedIsNotHeldAndTheReasonIsKept() throws Exception {
        delta.asked(read(delta(CDS).setNode(NODE).build()));
        push(delta, change(CDS, "n1", Map.of("a", "1")));
        delta.answered(CDS, "n1", "", null);

        push(delta, change(CDS, "n2", Map.of("a", "2", "b", "1")));
        clock.advance(Duration.ofMillis(3));
        delta.answered(CDS, "n2", "", "b: no type");

        var last = journal.pushes().getLast();
        assertThat(last.answer()).isEqualTo(Answer.NACK);
        assertThat(last.reason()).isEqualTo("b: no type");
        assertThat(last.took()).contains(Duration.ofMillis(3));
        assertThat(last.added().names()).containsExactly("b");
        assertThat(last.changed().names()).containsExactly("a");
        assertThat(delta.types().getFirst().held())
                .singleElement()
                .satisfies(it -> assertThat(it.version()).isEqualTo("1"));
    }

    @Test
    void whatTheClientBroughtAlongIsHeldAndNotNew() throws Exception {
        delta.asked(read(delta(CDS).putInitialResourceVersions("a", "1").build()));

        push(delta, change(CDS, "n1", Map.of("a", "1", "b", "1")));

        assertThat(names(delta)).containsExactly("a");
        assertThat(journal.pushes().getLast().added().names()).containsExactly("b");
        assertThat(journal.pushes().getLast().changed().count()).isZero();
    }

    @Test
    void aPushThatAClientSkipsOrLeavesIsToldSo() throws Exception {
        sotw.asked(read(sotw(CDS).build()));
        push(sotw, world(CDS, "1", "n1", Map.of("a", "A")));
        push(sotw, world(CDS, "2", "n2", Map.of("a", "A2")));
        push(sotw, world(CDS, "3", "n3", Map.of("a", "A3")));
        sotw.answered(CDS, "n2", "2", null);

        sotw.closed();

        assertThat(journal.pushes())
                .extracting(XdsPush::answer)
                .containsExactly(Answer.SKIPPED, Answer.ACK, Answer.CLOSED);
    }

    @Test
    void ofATypeWhoseNamesAreUnknownOnlyTheNumberIsTold() throws Exception {
        var type = "type.googleapis.com/example.Thing";
        sotw.asked(read(sotw(type).build()));

        push(sotw, world(type, "1", "n1", Map.of("a", "A", "b", "B")));

        assertThat(journal.pushes().getLast().resources()).isEqualTo(2);
        assertThat(journal.pushes().getLast().added().count()).isZero();
    }

    @Test
    void aSubscriptionThatNobodyAnswersIsSilenceUntilSomethingComes() throws Exception {
        delta.asked(read(delta(EDS, "a").build()));
        clock.advance(Duration.ofSeconds(29));
        assertThat(troubles(delta)).isEmpty();

        clock.advance(Duration.ofSeconds(1));

        assertThat(troubles(delta)).singleElement().satisfies(it -> {
            assertThat(it.kind()).isEqualTo(XdsTrouble.Kind.SILENCE);
            assertThat(it.since()).isEqualTo(START);
            assertThat(it.reason()).contains("asked for a and");
        });
        push(delta, change(EDS, "n1", Map.of("a", "1")));
        assertThat(troubles(delta)).isEmpty();
    }

    @Test
    void aNameAskedForLaterMayBeSilentToo() throws Exception {
        delta.asked(read(delta(EDS, "a").build()));
        push(delta, change(EDS, "n1", Map.of("a", "1")));
        delta.answered(EDS, "n1", "", null);
        clock.advance(Duration.ofMinutes(1));
        assertThat(troubles(delta)).isEmpty();

        delta.asked(read(delta(EDS, "b").build()));
        clock.advance(LIMIT);

        assertThat(troubles(delta)).extracting(XdsTrouble::kind).containsExactly(XdsTrouble.Kind.SILENCE);
        delta.asked(read(delta(EDS)
                .addResourceNamesUnsubscribe("a")
                .addResourceNamesUnsubscribe("b")
                .build()));
        assertThat(troubles(delta)).isEmpty();
    }

    @Test
    void threeRefusalsInARowAreALoopUntilOneIsAccepted() throws Exception {
        delta.asked(read(delta(CDS).build()));
        for (int i = 1; i <= 3; i++) {
            assertThat(troubles(delta)).isEmpty();
            push(delta, change(CDS, "n" + i, Map.of("a", "" + i)));
            delta.answered(CDS, "n" + i, "", "no " + i);
        }

        assertThat(troubles(delta)).singleElement().satisfies(it -> {
            assertThat(it.kind()).isEqualTo(XdsTrouble.Kind.NACK_LOOP);
            assertThat(it.reason()).contains("3 times in a row", "no 3");
        });
        push(delta, change(CDS, "n4", Map.of("a", "4")));
        delta.answered(CDS, "n4", "", null);
        assertThat(troubles(delta)).isEmpty();
    }

    @Test
    void aPushThatTheClientDoesNotAnswerIsTold() throws Exception {
        sotw.asked(read(sotw(CDS).build()));
        push(sotw, world(CDS, "1", "n1", Map.of("a", "A")));
        clock.advance(LIMIT);

        assertThat(troubles(sotw)).extracting(XdsTrouble::kind).containsExactly(XdsTrouble.Kind.UNANSWERED_PUSH);
        sotw.answered(CDS, "n1", "1", null);
        assertThat(troubles(sotw)).isEmpty();
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void afterAnyDeltaHistoryWhatIsHeldIsWhatTheClientAccepted(long seed) throws Exception {
        for (int run = 0; run < 100; run++) {
            new Model(new Random(seed * 1000 + run), Protocol.DELTA).play(60);
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void afterAnyStateOfTheWorldHistoryWhatIsHeldIsWhatTheClientAccepted(long seed) throws Exception {
        for (int run = 0; run < 100; run++) {
            new Model(new Random(seed * 1000 + run), Protocol.SOTW).play(60);
        }
    }

    private List<XdsTrouble> troubles(Holdings holdings) {
        return holdings.troubles(clock.instant(), LIMIT);
    }

    private static List<String> names(Holdings holdings) {
        return holdings.types().getFirst().held().stream()
                .map(XdsHistory.Resource::name)
                .toList();
    }

    private static Request read(MessageLite request) throws Exception {
        var protocol =
                request instanceof dev.outrigger.proto.discovery.DiscoveryRequest ? Protocol.SOTW : Protocol.DELTA;
        return Request.read(protocol, request.toByteArray());
    }

    private static void push(Holdings holdings, MessageLite response) throws Exception {
        var protocol = response instanceof DiscoveryResponse ? Protocol.SOTW : Protocol.DELTA;
        holdings.pushed(Push.read(protocol, Message.of(response.toByteArray())), holdings.now());
    }

    private static DiscoveryResponse world(String type, String version, String nonce, Map<String, String> contents) {
        var response = DiscoveryResponse.newBuilder()
                .setTypeUrl(type)
                .setVersionInfo(version)
                .setNonce(nonce);
        contents.forEach((name, content) -> response.addResources(any(type, name, content)));
        return response.build();
    }

    private static DeltaDiscoveryResponse change(
            String type, String nonce, Map<String, String> versions, String... removed) {
        var response = DeltaDiscoveryResponse.newBuilder()
                .setTypeUrl(type)
                .setNonce(nonce)
                .addAllRemovedResources(List.of(removed));
        versions.forEach((name, version) -> response.addResources(
                Resource.newBuilder().setName(name).setVersion(version).setResource(any(type, name, version))));
        return response.build();
    }

    private static Any any(String type, String name, String content) {
        var value = new Writer().string(1, name).string(7, content).toBytes();
        return Any.newBuilder()
                .setTypeUrl(type)
                .setValue(ByteString.copyFrom(value))
                .build();
    }

    /// A client with a wildcard that answers in order, one push or more behind, and accepts or refuses each.
    private static final class Model {
        private final Random random;
        private final Protocol protocol;
        private final Journal journal = new Journal(() -> START, 1_000, 1_000_000);
        private final Holdings holdings;
        private final Map<String, String> held = new TreeMap<>();
        private final ArrayDeque<MessageLite> arriving = new ArrayDeque<>();
        private final List<Map<String, String>> sent = new ArrayList<>();
        private int nonces;

        Model(Random random, Protocol protocol) throws Exception {
            this.random = random;
            this.protocol = protocol;
            this.holdings = new Holdings(1, protocol, journal);
            holdings.asked(read(
                    protocol == Protocol.SOTW ? sotw(CDS).build() : delta(CDS).build()));
        }

        void play(int steps) throws Exception {
            for (int step = 0; step < steps; step++) {
                if (arriving.isEmpty() || (arriving.size() < 5 && random.nextBoolean())) {
                    push();
                } else {
                    answer();
                }
                assertThat(heldNow()).isEqualTo(held);
            }
        }

        private void push() throws Exception {
            var contents = new LinkedHashMap<String, String>();
            for (int i = random.nextInt(4); i > 0; i--) {
                contents.put("r" + random.nextInt(6), "v" + random.nextInt(3));
            }
            var gone = "r" + random.nextInt(6);
            var removed = contents.containsKey(gone) ? new String[0] : new String[] {gone};
            var nonce = "n" + ++nonces;
            var message = protocol == Protocol.SOTW
                    ? world(CDS, "w" + nonces, nonce, contents)
                    : change(CDS, nonce, contents, removed);
            arriving.add(message);
            sent.add(contents);
            HoldingsTest.push(holdings, message);
            assertDiff(journal.pushes().getLast(), contents, removed);
        }

        private void assertDiff(XdsPush push, Map<String, String> contents, String[] removed) {
            var added = new TreeSet<>(contents.keySet());
            added.removeAll(held.keySet());
            assertThat(push.added().names()).containsExactlyInAnyOrderElementsOf(added);
            var changed = contents.entrySet().stream()
                    .filter(it -> held.containsKey(it.getKey()))
                    .filter(it -> !it.getValue().equals(held.get(it.getKey())))
                    .map(Map.Entry::getKey)
                    .toList();
            assertThat(push.changed().names()).containsExactlyInAnyOrderElementsOf(changed);
            if (protocol == Protocol.DELTA) {
                assertThat(push.removed().names()).containsExactly(removed);
            } else {
                var gone = new TreeSet<>(held.keySet());
                gone.removeAll(contents.keySet());
                assertThat(push.removed().names()).containsExactlyInAnyOrderElementsOf(gone);
            }
        }

        private void answer() throws Exception {
            var message = arriving.removeFirst();
            boolean refused = random.nextInt(4) == 0;
            var push = Push.read(protocol, Message.of(message.toByteArray()));
            var error = refused ? "no" : null;
            holdings.answered(CDS, push.nonce(), refused ? "" : push.version(), error);
            if (refused) {
                return;
            }
            if (message instanceof DiscoveryResponse world) {
                held.clear();
                world.getResourcesList().forEach(it -> held.put(name(it), content(it)));
            } else if (message instanceof DeltaDiscoveryResponse change) {
                change.getResourcesList().forEach(it -> held.put(it.getName(), content(it.getResource())));
                change.getRemovedResourcesList().forEach(held::remove);
            }
        }

        /// Names, each with its content in the push that is said to have brought it.
        private Map<String, String> heldNow() {
            return holdings.types().getFirst().held().stream()
                    .collect(Collectors.toMap(
                            XdsHistory.Resource::name,
                            it -> String.valueOf(
                                    sent.get((int) it.changedBy() - 1).get(it.name()))));
        }

        private static String name(Any any) {
            return text(any, 1);
        }

        private static String content(Any any) {
            return text(any, 7);
        }

        private static String text(Any any, int field) {
            try {
                var fields = new Fields(any.getValue().toByteArray());
                while (fields.next()) {
                    if (fields.number() == field) {
                        return fields.string();
                    }
                }
                throw new AssertionError("no field " + field);
            } catch (java.net.ProtocolException e) {
                throw new AssertionError(e);
            }
        }
    }
}
