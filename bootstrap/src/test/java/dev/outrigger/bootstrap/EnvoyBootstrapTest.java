package dev.outrigger.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
final class EnvoyBootstrapTest {
    private static final Node WEB = new Node("web-1", "web", new Node.Locality("eu", "eu-1", ""), metadata());
    private static final Path XDS = Path.of("/run/outrigger/xds.sock");
    private static final Path SDS = Path.of("/run/outrigger/sds.sock");

    @TempDir
    Path folder;

    @Test
    void theBootstrapForDeltaWithAllListeners() throws Exception {
        var bootstrap = bootstrap(WEB, XdsProtocol.DELTA, "127.0.0.1", "0.0.0.0");

        Golden.assertSame("envoy-delta.json", bootstrap.toJson());
        assertEnvoyTakes(bootstrap);
    }

    @Test
    void theBootstrapForTheStateOfTheWorldWithoutListeners() throws Exception {
        var node = new Node("web-1", "web", new Node.Locality("", "", ""), Map.of());
        var bootstrap = new EnvoyBootstrap(
                node,
                XdsProtocol.SOTW,
                XDS,
                SDS,
                Duration.ofMillis(1500),
                address("::", 15000),
                address("::1", 15020),
                Optional.empty(),
                Optional.empty(),
                OptionalLong.empty());

        Golden.assertSame("envoy-sotw.json", bootstrap.toJson());
        assertEnvoyTakes(bootstrap);
    }

    @Test
    void theBootstrapWithALimitOfTheHeap() throws Exception {
        var plain = bootstrap(WEB, XdsProtocol.DELTA, "127.0.0.1", "0.0.0.0");
        var limited = new EnvoyBootstrap(
                plain.node(),
                plain.protocol(),
                plain.xdsSocket(),
                plain.sdsSocket(),
                plain.initialFetchTimeout(),
                plain.admin(),
                plain.agentStatus(),
                plain.readiness(),
                plain.stats(),
                OptionalLong.of(864L << 20));

        Golden.assertSame("envoy-heap.json", limited.toJson());
        assertEnvoyTakes(limited);
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "0.0.0.0", "::1", "::", "2001:db8::7", "fe80::1%1"})
    void anyAddressWillDo(String ip) throws Exception {
        assertEnvoyTakes(bootstrap(WEB, XdsProtocol.DELTA, ip, ip));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"a \"quoted\" \\ name", "tab\tline\nend", "%s %d %", "{{ .x }} ${y} $(z)", "é\u2028\uD83D\uDEF6"
            })
    void oddTextsReachEnvoyAsTheyAre(String odd) throws Exception {
        var metadata = new LinkedHashMap<String, String>();
        metadata.put(odd, odd);
        var node = new Node(odd, odd, new Node.Locality(odd, odd, odd), metadata);

        assertEnvoyTakes(bootstrap(node, XdsProtocol.DELTA, "127.0.0.1", "127.0.0.1"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/tmp/with space/%41/\"é\".sock"})
    void oddSocketPathsReachEnvoyAsTheyAre(String odd) throws Exception {
        var bootstrap = with(WEB, Path.of(odd), Duration.ZERO, address("127.0.0.1", 15000), 15021);

        assertEnvoyTakes(bootstrap);
        assertThat(bootstrap.toJson().compact()).contains(odd.replace("\"", "\\\""));
    }

    @Test
    void aLaterChangeOfTheMetadataDoesNotShow() {
        var metadata = new LinkedHashMap<>(Map.of("a", "1"));
        var node = new Node("id", "", new Node.Locality("", "", ""), metadata);

        metadata.put("b", "2");

        assertThat(node.toJson().compact()).isEqualTo("{\"id\":\"id\",\"metadata\":{\"a\":\"1\"}}");
    }

    @Test
    void whatEnvoyWouldRefuseIsRefusedWithAnAdvice() {
        var noCluster = new Node("id", "", new Node.Locality("", "", ""), Map.of());
        var admin = address("127.0.0.1", 15000);

        assertRefused("--node-id", () -> new Node("", "c", new Node.Locality("", "", ""), Map.of()));
        assertRefused("--node-cluster", () -> with(noCluster, XDS, Duration.ZERO, admin, 15021));
        assertRefused("make it absolute", () -> with(WEB, Path.of("xds.sock"), Duration.ZERO, admin, 15021));
        var tooLong = Path.of("/" + "é".repeat(54));
        assertRefused("109 bytes", () -> with(WEB, tooLong, Duration.ZERO, admin, 15021));
        assertRefused("zero to wait", () -> with(WEB, XDS, Duration.ofMillis(-1), admin, 15021));
        assertRefused("port 0", () -> with(WEB, XDS, Duration.ZERO, address("127.0.0.1", 0), 15021));
        assertRefused("a port of its own", () -> with(WEB, XDS, Duration.ZERO, admin, 15000));
        var name = InetSocketAddress.createUnresolved("localhost", 15000);
        assertRefused("127.0.0.1:15000", () -> with(WEB, XDS, Duration.ZERO, name, 15021));
    }

    private static void assertRefused(String advice, Runnable make) {
        assertThatIllegalArgumentException().isThrownBy(make::run).withMessageContaining(advice);
    }

    private void assertEnvoyTakes(EnvoyBootstrap bootstrap) throws IOException, InterruptedException {
        var file = folder.resolve("envoy.json");
        Files.writeString(file, bootstrap.toJson().pretty());

        var verdict = Envoy.validate(file);

        assertThat(verdict.exitStatus()).as(verdict.output()).isZero();
        assertThat(verdict.complaints()).isEmpty();
    }

    private static EnvoyBootstrap bootstrap(Node node, XdsProtocol protocol, String inside, String outside) {
        return new EnvoyBootstrap(
                node,
                protocol,
                XDS,
                SDS,
                Duration.ZERO,
                address(inside, 15000),
                address(inside, 15020),
                Optional.of(address(outside, 15021)),
                Optional.of(address(outside, 15090)),
                OptionalLong.empty());
    }

    private static EnvoyBootstrap with(
            Node node, Path xdsSocket, Duration timeout, InetSocketAddress admin, int readiness) {
        return new EnvoyBootstrap(
                node,
                XdsProtocol.DELTA,
                xdsSocket,
                SDS,
                timeout,
                admin,
                address("127.0.0.1", 15020),
                Optional.of(address("127.0.0.1", readiness)),
                Optional.empty(),
                OptionalLong.empty());
    }

    private static InetSocketAddress address(String ip, int port) {
        return new InetSocketAddress(ip, port);
    }

    private static Map<String, String> metadata() {
        var metadata = new LinkedHashMap<String, String>();
        metadata.put("NAMESPACE", "shop");
        metadata.put("APP", "web");
        return metadata;
    }
}
