package dev.outrigger.dev;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Clients of both protocols against a model, through any history of publishes, subscriptions and reconnects.
class PublishHistoryTest {
    private static final int STEPS = 60;
    private static final List<String> NAMES = List.of("a", "b", "c", "d", "e", "f");
    private static final List<ResourceType> TYPES = List.of(ResourceType.values());
    private static final Set<ResourceType> BY_NAME = Set.of(ResourceType.ENDPOINTS, ResourceType.ROUTES);

    private final Map<ResourceType, Map<String, Integer>> published = new EnumMap<>(ResourceType.class);
    private final Map<ResourceType, Set<String>> wanted = new EnumMap<>(ResourceType.class);

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void aDeltaClientHoldsWhatIsPublishedAndIsSentOnlyWhatChanged(long seed) throws Exception {
        var random = new Random(seed);
        begin(random);
        try (var controlPlane = start()) {
            var client = new DeltaClient(controlPlane.address());
            try {
                beginAll(client);
                for (int step = 0; step < STEPS; step++) {
                    awaitAll(client);
                    client.takePushes();
                    switch (random.nextInt(8)) {
                        case 0 -> {
                            client.close();
                            mutate(random);
                            controlPlane.publish(DevFiles.of(published));
                            client = reconnected(controlPlane, client);
                        }
                        case 1 -> resubscribe(client, random);
                        default -> {
                            var before = expected();
                            mutate(random);
                            controlPlane.publish(DevFiles.of(published));
                            awaitAll(client);
                            checkPushes(client.takePushes(), before, expected());
                        }
                    }
                }
                awaitAll(client);
            } finally {
                client.close();
            }
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void aSotwClientHoldsWhatIsPublished(long seed) throws Exception {
        var random = new Random(seed);
        begin(random);
        try (var controlPlane = start()) {
            var client = new SotwClient(controlPlane.address());
            try {
                wantAll(client);
                for (int step = 0; step < STEPS; step++) {
                    awaitAll(client);
                    if (random.nextInt(8) == 0) {
                        client.close();
                        client = new SotwClient(controlPlane.address());
                        wantAll(client);
                    } else if (random.nextInt(6) == 0) {
                        wanted.replaceAll((_, _) -> some(random));
                        wantAll(client);
                    }
                    mutate(random);
                    controlPlane.publish(DevFiles.of(published));
                }
                awaitAll(client);
            } finally {
                client.close();
            }
        }
    }

    static LongStream seeds() {
        return LongStream.rangeClosed(1, 12);
    }

    private void begin(Random random) {
        published.clear();
        for (var type : ResourceType.values()) {
            published.put(type, new TreeMap<>());
        }
        DevFiles.at(published, ResourceType.NAMES).put("names", 1);
        BY_NAME.forEach(type -> wanted.put(type, some(random)));
        mutate(random);
    }

    private ControlPlane start() throws Exception {
        var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        return ControlPlane.start(address, DevFiles.of(published), new Heard(), InstantSource.system());
    }

    private static Set<String> some(Random random) {
        var some = new TreeSet<String>();
        NAMES.stream().filter(_ -> random.nextBoolean()).forEach(some::add);
        some.add(NAMES.get(random.nextInt(NAMES.size())));
        return some;
    }

    private void mutate(Random random) {
        for (int i = random.nextInt(5); i > 0; i--) {
            var type = TYPES.get(random.nextInt(TYPES.size()));
            var name = type == ResourceType.NAMES ? "names" : NAMES.get(random.nextInt(NAMES.size()));
            if (type != ResourceType.NAMES && random.nextInt(3) == 0) {
                DevFiles.at(published, type).remove(name);
            } else {
                DevFiles.at(published, type).put(name, random.nextInt(1, 4));
            }
        }
    }

    private Map<ResourceType, Map<String, Any>> expected() {
        var file = DevFiles.of(published);
        var expected = new EnumMap<ResourceType, Map<String, Any>>(ResourceType.class);
        for (var type : ResourceType.values()) {
            var all = new TreeMap<>(file.resources(type));
            if (BY_NAME.contains(type)) {
                all.keySet().retainAll(DevFiles.at(wanted, type));
            }
            expected.put(type, all);
        }
        return expected;
    }

    private void awaitAll(TestClient<?, ?> client) throws InterruptedException {
        for (var entry : expected().entrySet()) {
            client.awaitHeld(entry.getKey(), entry.getValue());
        }
    }

    private void beginAll(DeltaClient client) {
        for (var type : ResourceType.values()) {
            client.begin(type, BY_NAME.contains(type) ? List.copyOf(DevFiles.at(wanted, type)) : List.of());
        }
    }

    private void wantAll(SotwClient client) {
        for (var type : ResourceType.values()) {
            client.want(type, BY_NAME.contains(type) ? List.copyOf(DevFiles.at(wanted, type)) : List.of());
        }
    }

    private DeltaClient reconnected(ControlPlane controlPlane, DeltaClient before) throws InterruptedException {
        var held = new EnumMap<ResourceType, Map<String, Any>>(ResourceType.class);
        for (var type : ResourceType.values()) {
            held.put(type, before.held(type));
        }
        var client = new DeltaClient(controlPlane.address(), before);
        beginAll(client);
        client.sync();
        awaitAll(client);
        checkOnlyDifference(client.takePushes(), held, expected());
        return client;
    }

    private void resubscribe(DeltaClient client, Random random) throws InterruptedException {
        for (var type : BY_NAME) {
            var next = some(random);
            var dropped = new TreeSet<>(DevFiles.at(wanted, type));
            dropped.removeAll(next);
            client.unsubscribe(type, dropped.toArray(String[]::new));
            var added = new TreeSet<>(next);
            added.removeAll(DevFiles.at(wanted, type));
            client.subscribe(type, added.toArray(String[]::new));
            wanted.put(type, next);
        }
        client.sync();
    }

    private static void checkPushes(
            List<TestClient.Push> pushes,
            Map<ResourceType, Map<String, Any>> before,
            Map<ResourceType, Map<String, Any>> after) {
        checkOnlyDifference(pushes, before, after);
        var adding = pushes.stream().filter(p -> !p.names().isEmpty()).map(TestClient.Push::type);
        assertThat(adding.toList()).as("order of %s", pushes).isSorted().doesNotHaveDuplicates();
        var removing = pushes.stream()
                .filter(p -> p.removed().stream().anyMatch(DevFiles.at(before, p.type())::containsKey))
                .toList();
        for (var push : removing) {
            if (push.type() == ResourceType.CLUSTERS || push.type() == ResourceType.ENDPOINTS) {
                var later = pushes.subList(pushes.indexOf(push), pushes.size());
                assertThat(later)
                        .as("after a removal of %s", push)
                        .allMatch(p -> p.names().isEmpty());
            }
        }
    }

    private static void checkOnlyDifference(
            List<TestClient.Push> pushes,
            Map<ResourceType, Map<String, Any>> before,
            Map<ResourceType, Map<String, Any>> after) {
        for (var type : ResourceType.values()) {
            var changed = new ArrayList<String>();
            DevFiles.at(after, type).forEach((name, value) -> {
                if (!value.equals(DevFiles.at(before, type).get(name))) {
                    changed.add(name);
                }
            });
            var sent = pushes.stream()
                    .filter(p -> p.type() == type)
                    .flatMap(p -> p.names().stream())
                    .toList();
            assertThat(sent).as("pushed %s", type).containsExactlyInAnyOrderElementsOf(changed);
        }
    }
}
