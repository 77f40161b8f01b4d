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
