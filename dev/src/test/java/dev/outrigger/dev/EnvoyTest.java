package dev.outrigger.dev;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrigger.testkit.Checkout;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The example against a real Envoy.
class EnvoyTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final InetSocketAddress ANY_PORT = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"DELTA_GRPC", "GRPC"})
    void envoyServesTheExampleAndTakesAnEdit(String apiType) throws Exception {
        int port = freePort();
        var heard = new Heard();
        try (var application = EchoApplication.start(ANY_PORT, InstantSource.system())) {
            var yaml = DevFiles.hello()
                    .replace("port_value: 10000", "port_value: " + port)
                    .replace("port_value: 10001", "port_value: " + freePort())
                    .replace("127.0.0.1, port_value: 10080", "127.0.0.1, port_value: " + portOf(application));
            try (var controlPlane = start(yaml, heard);
                    var secrets = FakeSecrets.start("spiffe://dev.outrigger/hello");
                    var _ = envoy(controlPlane, secrets.port(), apiType);
                    var http = HttpClient.newHttpClient()) {
                for (var type : List.of("clusters", "endpoints", "listeners", "routes")) {
                    heard.await("acked " + type + " v1");
                }
                assertThat(get(http, port, "/greeting")).isEqualTo("Hello from the control plane.\n");
                assertThat(get(http, port, "/any"))
                        .contains("GET /any")
                        .contains("x-forwarded-client-cert: ")
                        .contains("URI=spiffe://dev.outrigger/hello");

                heard.clear();
                var edited = yaml.replace("Hello from the control plane.", "Edited.");
                controlPlane.publish(DevFile.parse("hello.yaml", edited));

                heard.await("acked routes v2");
                assertThat(get(http, port, "/greeting")).isEqualTo("Edited.\n");
                assertThat(heard.lines())
                        .filteredOn(line -> line.contains(" v2"))
                        .containsExactly("pushed routes v2 +[] ~[hello] -[]", "acked routes v2");

                // An edit of a cluster whose endpoints are discovered is in use at once, not when Envoy gives up
                // waiting.
                var slower = edited.replace(
                        "name: application\n      type: EDS\n      connect_timeout: 1s",
                        "name: application\n      type: EDS\n      connect_timeout: 2s");
                assertThat(slower).isNotEqualTo(edited);
                controlPlane.publish(DevFile.parse("hello.yaml", slower));
                heard.await("acked endpoints v1");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"DELTA_GRPC", "GRPC"})
    void whatEnvoyRefusesIsHeardAndTheOldStays(String apiType) throws Exception {
        int port = freePort();
        var yaml = plain(port);
        var heard = new Heard();
        try (var controlPlane = start(yaml, heard);
                var _ = envoy(controlPlane, freePort(), apiType);
                var http = HttpClient.newHttpClient()) {
            heard.await("acked routes v1");

            controlPlane.publish(DevFile.parse("dev.yaml", yaml.replace("domains: ['*']", "domains: ['*', '*']")));

            heard.await(
                    lines -> lines.stream().anyMatch(l -> l.startsWith("nacked routes v2 ") && l.contains("domain")));
            assertThat(get(http, port, "/")).isEqualTo("hi");
        }
    }

    private static ControlPlane start(String yaml, Heard heard) throws Exception {
        return ControlPlane.start(ANY_PORT, DevFile.parse("dev.yaml", yaml), heard, InstantSource.system());
    }

    private static int portOf(EchoApplication application) {
        return application.address().getPort();
    }

    private static String plain(int port) {
        return """
                resources:
                  routes:
                    - name: r
                      virtual_hosts:
                        - name: v
                          domains: ['*']
                          routes:
                            - match: {prefix: /}
                              direct_response: {status: 200, body: {inline_string: hi}}
                  listeners:
                    - name: l
                      address: {socket_address: {address: 127.0.0.1, port_value: %d}}
                      filter_chains:
                        - filters:
                            - name: envoy.filters.network.http_connection_manager
                              typed_config:
                                "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                                stat_prefix: l
                                rds: {route_config_name: r, config_source: {ads: {}, resource_api_version: V3}}
                                http_filters:
                                  - name: envoy.filters.http.router
                                    typed_config:
                                      "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
                """.formatted(port);
    }

    private static String get(HttpClient http, int port, String path) throws IOException, InterruptedException {
        var uri = URI.create("http://127.0.0.1:" + port + path);
        var request = HttpRequest.newBuilder(uri).timeout(LIMIT).build();
        return http.send(request, HttpResponse.BodyHandlers.ofString()).body();
    }

    private interface RunningEnvoy extends AutoCloseable {
        @Override
        void close();
    }

    private RunningEnvoy envoy(ControlPlane controlPlane, int secrets, String apiType) throws Exception {
        var bootstrap = Files.writeString(folder.resolve("bootstrap.yaml"), """
                node: {id: envoy, cluster: test}
                dynamic_resources:
                  ads_config:
                    api_type: %s
                    transport_api_version: V3
                    grpc_services: [{envoy_grpc: {cluster_name: xds-grpc}}]
                  cds_config: {ads: {}, resource_api_version: V3}
                  lds_config: {ads: {}, resource_api_version: V3}
                static_resources:
                  clusters:
                    - &cluster
                      name: xds-grpc
                      type: STATIC
                      load_assignment:
                        cluster_name: xds-grpc
                        endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %d}}}}]}]
                      typed_extension_protocol_options: &http2
                        envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
                          "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
                          explicit_http_config: {http2_protocol_options: {}}
                    - name: sds-grpc
                      type: STATIC
                      load_assignment:
                        cluster_name: sds-grpc
                        endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %d}}}}]}]
                      typed_extension_protocol_options: *http2
                """.formatted(
                        apiType, controlPlane.address().getPort(), secrets));
        var log = folder.resolve("envoy.log");
        var process = new ProcessBuilder(
                        Checkout.envoy().toString(),
                        "-c",
                        bootstrap.toString(),
                        "--concurrency",
                        "1",
                        "--use-dynamic-base-id",
                        "-l",
                        "warning")
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        return () -> {
            process.destroyForcibly();
            process.onExit().join();
        };
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
