package dev.outrigger.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A real Envoy that was started with a bootstrap, and whose control plane never comes.
@Timeout(60)
final class EnvoyRunTest {
    /// A cluster as istiod names them: its statistics' name ends with a semicolon.
    private static final String CLUSTER = """
            {static_resources: {clusters: [{name: web, alt_stat_name: "outbound|80||web.shop.svc.cluster.local;",
             type: STATIC, connect_timeout: 1s}]}}
            """;

    private static final HttpClient client = HttpClient.newHttpClient();
    private static List<InetSocketAddress> free = List.of();
    private static List<String> complaints = List.of();
    private static @Nullable HttpServer agent;
    private static @Nullable Envoy envoy;

    @BeforeAll
    static void start(@TempDir Path folder) throws IOException {
        agent = agent();
        free = freeAddresses();
        var bootstrap = new EnvoyBootstrap(
                new Node("web-1", "web", new Node.Locality("", "", ""), Map.of()),
                XdsProtocol.DELTA,
                folder.resolve("xds.sock"),
                folder.resolve("sds.sock"),
                Duration.ofMillis(1),
                free.get(0),
                agent.getAddress(),
                Optional.of(free.get(1)),
                Optional.of(free.get(2)),
                OptionalLong.empty());
        var file = folder.resolve("envoy.json");
        AtomicFile.write(file, bootstrap.toJson().pretty(), "rw-------");
        var running = Envoy.run(file, CLUSTER);
        envoy = running;
        complaints = running.complaints();
    }

    @AfterAll
    static void stop() {
        if (envoy != null) {
            envoy.close();
        }
        if (agent != null) {
            agent.stop(0);
        }
        client.close();
    }

    @Test
    void nothingIsComplainedOfButTheMissingControlPlane() {
        assertThat(complaints).filteredOn(line -> !line.contains("gRPC config")).isEmpty();
    }

    @Test
    void theAdminInterfaceAnswers() throws Exception {
        assertThat(get(free.get(0), "/ready").body()).isEqualTo("LIVE\n");
    }

    @Test
    void readinessComesFromTheAgent() throws Exception {
        assertThat(get(free.get(1), "/healthz/ready?verbose").body()).isEqualTo("ready, says the agent");
    }

    @Test
    void statisticsComeFromTheAdminInterface() throws Exception {
        assertThat(get(free.get(2), "/stats/prometheus").body()).contains("envoy_server_live{} 1");
    }

    @Test
    void nothingElseCanBeReached() throws Exception {
        for (var path :
                List.of("/", "/quitquitquit", "/stats", "/stats/prometheus/../../config_dump", "/healthz/ready/")) {
            assertThat(get(free.get(1), path).statusCode()).as(path).isEqualTo(404);
            assertThat(get(free.get(2), path).statusCode()).as(path).isEqualTo(404);
        }
    }

    @Test
    void statisticsOfTheAgentsOwnListenersCanBeToldFromTheApplications() throws Exception {
        get(free.get(1), "/healthz/ready");
        get(free.get(2), "/stats/prometheus");

        var names = get(free.get(0), "/stats?usedonly&filter=downstream_cx_total")
                .body()
                .lines();

        assertThat(names)
                .isNotEmpty()
                .allSatisfy(line -> assertThat(line).matches("(listener|http)\\.(admin|readiness|stats)\\..*"));
    }

    @Test
    void aNameThatEndsWithASemicolonIsALabelAsAWhole() throws Exception {
        assertThat(get(free.get(0), "/stats/prometheus").body().lines().filter(line -> line.contains("web.shop")))
                .isNotEmpty()
                .allSatisfy(
                        line -> assertThat(line)
                                .matches(
                                        "envoy_cluster_[a-z0-9_]+\\{.*cluster_name=\"outbound\\|80\\|\\|web.shop.svc.cluster.local\".*"));
    }

    private static HttpResponse<String> get(InetSocketAddress address, String path) throws Exception {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + address.getPort() + path))
                .timeout(Duration.ofSeconds(20))
                .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private static HttpServer agent() throws IOException {
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            var body = "ready, says the agent".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        return server;
    }

    private static List<InetSocketAddress> freeAddresses() throws IOException {
        var sockets = new ArrayList<ServerSocket>();
        for (int i = 0; i < 3; i++) {
            sockets.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
        }
        var addresses = new ArrayList<InetSocketAddress>();
        for (var socket : sockets) {
            addresses.add(new InetSocketAddress(InetAddress.getLoopbackAddress(), socket.getLocalPort()));
            socket.close();
        }
        return addresses;
    }
}
