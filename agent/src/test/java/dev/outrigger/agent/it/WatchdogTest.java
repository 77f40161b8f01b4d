package dev.outrigger.agent.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrigger.agent.http.LocalHttp;
import dev.outrigger.dev.ResourceType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What goes wrong without an error anywhere is told once, with its reason, counted, and shown for as long as it
/// lasts.
class WatchdogTest {
    private static final String WAITS = "initial_fetch_timeout: 0s, ads: {}, resource_api_version: V3";
    private static final String CLUSTER = """
              clusters:
                - name: spare
                  type: EDS
                  connect_timeout: 1s
                  eds_cluster_config: {eds_config: {%s}}
            """.formatted(WAITS).stripTrailing();
    private static final String ENDPOINTS = """
              endpoints:
                - cluster_name: spare
                  endpoints:
                    - lb_endpoints:
                        - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 9}}}
            """.stripTrailing();
    private static final String LISTENER =
            """
              listeners:
                - name: late
                  address: {socket_address: {address: 127.0.0.1, port_value: %d}}
                  filter_chains:
                    - filters:
                        - name: envoy.filters.network.http_connection_manager
                          typed_config:
                            "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                            stat_prefix: late
                            rds: {route_config_name: late-route, config_source: {%s}}
                            http_filters:
                              - name: envoy.filters.http.router
                                typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
            """.formatted(Ports.free().getPort(), WAITS).stripTrailing();
    private static final String ROUTE = """
              routes:
                - {name: late-route, virtual_hosts: []}
            """.stripTrailing();

    @TempDir
    private Path folder;

    private Mesh mesh;
    private AgentProcess agent;

    @Test
    void silenceWarmingAndRefusalsAreToldOnceCountedAndShown() throws IOException {
        try (var opened = Mesh.start(folder);
                var gateway = HostileGateway.before(opened.controlPlaneAddress());
                var started = opened.agent(
                        "--xds-silence-warning=1s", "--control-plane=" + LocalHttp.authority(gateway.address()))) {
            mesh = opened;
            agent = started;
            agent.awaitReady();
            assertThat(agent.status("xds", "troubles")).isEqualTo("[]");

            gateway.withhold(ResourceType.ENDPOINTS.typeUrl());
            gateway.withhold(ResourceType.ROUTES.typeUrl());
            mesh.publish(with(CLUSTER).andThen(with(ENDPOINTS))::apply);
            mesh.publish(with(LISTENER).andThen(with(ROUTE))::apply);

            awaitShown("ClusterLoadAssignment, silence for ");
            awaitShown("Cluster, warming for ");
            awaitShown(": cluster spare waits for endpoints spare, which the control plane has not sent");
            awaitShown("Listener, warming for ");
            awaitShown(": listener late waits for route late-route, which the control plane has not sent");

            gateway.release();
            agent.await(
                    "without troubles", () -> agent.status("xds", "troubles").equals("[]"));
            refuseThrice();
            awaitShown("RouteConfiguration, nack loop for ");

            toldOnceAndCounted("resource keeps warming", "warming", "Cluster");
            toldOnceAndCounted("resource keeps warming", "warming", "Listener");
            toldOnceAndCounted("subscription unanswered", "silence", "ClusterLoadAssignment");
            toldOnceAndCounted("push after push refused", "nack_loop", "RouteConfiguration");
            assertThat(agent.log()).contains("xDS trouble over: resource keeps warming");
        }
    }

    private static UnaryOperator<String> with(String resource) {
        var head = resource.substring(0, resource.indexOf('\n'));
        return yaml -> yaml.replace("\n" + head + "\n", "\n" + resource + "\n");
    }

    private void refuseThrice() {
        for (int i = 0; i < 3; i++) {
            int before = nacks();
            var broken = "\n      virtual_hosts:\n        - {name: twice" + i + ", domains: [\"*\"]}\n";
            mesh.publish(yaml -> yaml.replaceFirst("\n      virtual_hosts:\n(        - \\{name: twice.*\n)?", broken));
            agent.await("told of a refusal", () -> nacks() > before);
        }
    }

    private int nacks() {
        return agent.log().split("push refused", -1).length;
    }

    private void awaitShown(String text) {
        agent.await(
                "showing: " + text,
                () -> agent.ask("GET", "/debug/status", "*/*").body().contains(text));
    }

    private void toldOnceAndCounted(String words, String kind, String type) {
        assertThat(agent.log()
                        .lines()
                        .filter(line ->
                                line.contains("WARN") && line.contains(words) && line.contains("." + type + " ")))
                .as(words)
                .hasSize(1);
        assertThat(agent.ask("GET", "/stats/prometheus", "*/*").body().lines())
                .anyMatch(line -> line.startsWith("outrigger_xds_troubles_total")
                        && line.contains("kind=\"" + kind + "\"")
                        && line.contains("type=\"" + type + "\"")
                        && line.endsWith(" 1.0"));
    }
}
