package dev.outrigger.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.outrigger.proto.nds.NameTable.NameInfo;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class NameTableTest {
    private static final MeshDomain MESH = new MeshDomain("default", "cluster.local");

    private final Map<String, NameInfo> hosts = new HashMap<>();

    @Test
    void aServiceOfTheOwnNamespaceHasAllShortNames() throws MalformedNameTableException {
        hosts.put("a.default.svc.cluster.local", service("a", "default", "10.0.0.1"));

        assertThat(parse().asMap()).containsOnlyKeys("a.default.svc.cluster.local", "a.default.svc", "a.default", "a");
    }

    @Test
    void aServiceOfAnotherNamespaceHasNoBareName() throws MalformedNameTableException {
        hosts.put("a.other.svc.cluster.local", service("a", "other", "10.0.0.1"));

        assertThat(parse().asMap()).containsOnlyKeys("a.other.svc.cluster.local", "a.other.svc", "a.other");
    }

    @Test
    void onlyKubernetesHostsOfTheOwnDomainHaveShortNames() throws MalformedNameTableException {
        hosts.put("a.default.svc.cluster.remote", service("a", "default", "10.0.0.1"));
        hosts.put(
                "api.example.com",
                NameInfo.newBuilder().setRegistry("External").addIps("10.0.0.2").build());

        assertThat(parse().asMap()).containsOnlyKeys("a.default.svc.cluster.remote", "api.example.com");
    }

    @Test
    void aHostBeatsAShortNameOfTheSameSpelling() throws MalformedNameTableException {
        hosts.put("a.default.svc.cluster.local", service("a", "default", "10.0.0.1"));
        hosts.put("a", NameInfo.newBuilder().addIps("10.0.0.2").build());

        assertThat(parse().asMap().get("a")).containsExactly(InetAddress.ofLiteral("10.0.0.2"));
    }

    @Test
    void whatCannotBeReadIsLeftOutAndCounted() throws MalformedNameTableException {
        hosts.put(
                "a.test",
                NameInfo.newBuilder().addIps("10.0.0.1").addIps("no address").build());
        hosts.put("b..test", NameInfo.newBuilder().addIps("10.0.0.1").build());
        hosts.put("x".repeat(64) + ".test", NameInfo.newBuilder().addIps("::1").build());
        hosts.put("no.addresses.test", NameInfo.getDefaultInstance());

        var table = parse();

        assertThat(table.asMap()).containsOnlyKeys("a.test");
        assertThat(table.ignored()).isEqualTo(3);
    }

    @Test
    void twoHostsOfOneSpellingGiveTheSameTableInAnyOrder() throws MalformedNameTableException {
        var upper = service("a", "default", "10.0.0.1");
        var lower = service("a", "default", "10.0.0.2");

        var one = NameTable.parse(
                concatenated("A.default.svc.cluster.local", upper, "a.default.svc.cluster.local", lower), MESH);
        var other = NameTable.parse(
                concatenated("a.default.svc.cluster.local", lower, "A.default.svc.cluster.local", upper), MESH);

        assertThat(one.asMap()).isEqualTo(other.asMap());
    }

    /// The order of a map's entries on the wire.
    private static byte[] concatenated(String first, NameInfo firstInfo, String second, NameInfo secondInfo) {
        var bytes = new java.io.ByteArrayOutputStream();
        bytes.writeBytes(table(Map.of(first, firstInfo)));
        bytes.writeBytes(table(Map.of(second, secondInfo)));
        return bytes.toByteArray();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void aTableReadAfterAnotherIsTheSameAsOneReadAlone(long seed) throws MalformedNameTableException {
        var random = new SplittableRandom(seed);
        var sorted = random.nextBoolean();
        var now = new java.util.TreeMap<String, NameInfo>();
        var table = NameTable.empty(MESH);
        for (int push = 0; push < 60; push++) {
            for (int changes = random.nextInt(6); changes > 0; changes--) {
                change(now, random);
            }
            var bytes = onTheWire(now, sorted, random);

            table = table.next(bytes);

            var alone = NameTable.parse(bytes, MESH);
            assertThat(table.asMap()).isEqualTo(alone.asMap());
            assertThat(table.size()).isEqualTo(alone.size());
            assertThat(table.ignored()).isEqualTo(alone.ignored());
            var address = new byte[] {10, 0, 0, (byte) random.nextInt(4)};
            assertThat(table.hostsWith(address))
                    .extracting(NameEntry::text)
                    .containsExactlyInAnyOrderElementsOf(alone.hostsWith(address).stream()
                            .map(NameEntry::text)
                            .toList());
        }
    }

    private static void change(Map<String, NameInfo> hosts, SplittableRandom random) {
        var service = "s" + random.nextInt(40);
        var namespace = random.nextBoolean() ? "default" : "other";
        var host = random.nextInt(8) == 0 ? "*." + service + ".test" : service + "." + namespace + ".svc.cluster.local";
        if (random.nextInt(3) == 0) {
            hosts.remove(host);
        } else {
            var info = service(service, namespace, "10.0.0." + random.nextInt(4)).toBuilder();
            if (random.nextInt(5) == 0) {
                info.addIps("10.0.0." + random.nextInt(4)).addAltHosts("alias" + random.nextInt(3) + ".test");
            }
            if (random.nextInt(20) == 0) {
                info.addIps("nonsense");
            }
            hosts.put(host, info.build());
        }
    }

    private static byte[] onTheWire(Map<String, NameInfo> hosts, boolean sorted, SplittableRandom random) {
        var keys = new java.util.ArrayList<>(hosts.keySet());
        if (!sorted) {
            java.util.Collections.shuffle(keys, java.util.Random.from(random));
        }
        var bytes = new java.io.ByteArrayOutputStream();
        keys.forEach(key ->
                bytes.writeBytes(table(Map.of(key, hosts.getOrDefault(key, NameInfo.getDefaultInstance())))));
        return bytes.toByteArray();
    }

    private static byte[] table(Map<String, NameInfo> hosts) {
        return dev.outrigger.proto.nds.NameTable.newBuilder()
                .putAllTable(hosts)
                .build()
                .toByteArray();
    }

    @Test
    void aPushThatChangesOneNameOfManyLeavesTheOtherEntriesAsTheyAre() throws MalformedNameTableException {
        for (int i = 0; i < 5_000; i++) {
            hosts.put("s" + i + ".default.svc.cluster.local", service("s" + i, "default", "10.0.0.1"));
        }
        var sorted = new java.util.TreeMap<>(hosts);
        var random = new SplittableRandom(1);
        var before = NameTable.parse(onTheWire(sorted, true, random), MESH);
        sorted.put("s2500.default.svc.cluster.local", service("s2500", "default", "10.0.0.2"));

        var after = before.next(onTheWire(sorted, true, random));

        var old = java.util.Collections.newSetFromMap(new java.util.IdentityHashMap<NameEntry, Boolean>());
        before.entries().forEach(old::add);
        assertThat(after.entries().filter(e -> !old.contains(e))).hasSize(1);
        assertThat(after.size()).isEqualTo(5_000);
    }

    @Test
    @Timeout(20)
    void anAddressThatVeryManyHostsShareCostsNoMoreThanOthers() {
        var names = new HashMap<String, List<InetAddress>>();
        for (int i = 0; i < 50_000; i++) {
            names.put("host-" + i + ".test", ProxyUnderTest.addresses("10.0.0.1"));
        }

        var table = NameTable.of(names);

        assertThat(table.size()).isEqualTo(50_000);
        assertThat(table.hostsWith(new byte[] {10, 0, 0, 1})).hasSizeBetween(1, 100);
    }

    @Test
    void bytesThatAreNoTableAreRefusedWithAReason() {
        var broken = new byte[] {0x0A, 0x7F, 1};

        assertThatExceptionOfType(MalformedNameTableException.class)
                .isThrownBy(() -> NameTable.parse(broken, MESH))
                .withMessageContaining("name table");
    }

    @Test
    void aStaticNameThatIsNoNameIsRefused() {
        var names = Map.of("a..b", List.of(InetAddress.getLoopbackAddress()));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> NameTable.of(names))
                .withMessageContaining("'a..b'");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void everyNameOfALargeTableIsFoundAndNoOther(long seed) {
        var random = new SplittableRandom(seed);
        var names = new HashMap<String, List<InetAddress>>();
        for (int i = 0; i < 5000; i++) {
            names.put(randomName(random), List.of(InetAddress.getLoopbackAddress()));
        }

        var table = NameTable.of(names);

        assertThat(table.size()).isEqualTo(names.size());
        for (int i = 0; i < 5000; i++) {
            var name = randomName(random);
            assertThat(isFound(table, name)).isEqualTo(names.containsKey(name));
        }
        assertThat(names.keySet()).allMatch(name -> isFound(table, name));
    }

    private static boolean isFound(NameTable table, String name) {
        var labels = Nameservers.labels(name);
        return table.exact(labels, 0, labels.length) != null;
    }

    private static String randomName(SplittableRandom random) {
        return "s" + random.nextInt(2000) + ".ns" + random.nextInt(5) + ".svc.cluster.local";
    }

    private static NameInfo service(String name, String namespace, String address) {
        return NameInfo.newBuilder()
                .setRegistry("Kubernetes")
                .setShortname(name)
                .setNamespace(namespace)
                .addIps(address)
                .build();
    }

    private NameTable parse() throws MalformedNameTableException {
        var message = dev.outrigger.proto.nds.NameTable.newBuilder()
                .putAllTable(hosts)
                .build();
        return NameTable.parse(message.toByteArray(), MESH);
    }
}
