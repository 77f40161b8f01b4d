package dev.outrigger.agent.grpc;

import java.util.List;
import java.util.stream.Collectors;

/// What gRPC wants to be told (gRFC A27, A29, A36, A41), in the form of `outrigger dev`.
final class MeshYaml {
    private static final String RESOURCES = """
            resources:
              listeners:
                - name: greeter
                  api_listener:
                    api_listener:
                      "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                      rds:
                        route_config_name: greeter-routes
                        config_source: {ads: {}, resource_api_version: V3}
                      http_filters:
                        - &router
                          name: router
                          typed_config:
                            "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
                - name: grpc/server?xds.resource.listening_address=0.0.0.0:0
                  address: {socket_address: {address: 0.0.0.0, port_value: 0}}
                  filter_chains:
                    - name: all
                      %s
                      filters:
                        - name: http
                          typed_config:
                            "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                            route_config:
                              virtual_hosts:
                                - name: all
                                  domains: ["*"]
                                  routes:
                                    - match: {prefix: ""}
                                      non_forwarding_action: {}
                            http_filters:
                              %s
                              - *router
              routes:
                - name: greeter-routes
                  virtual_hosts:
                    - name: all
                      domains: ["*"]
                      routes:
                        - match: {prefix: ""}
                          route: {cluster: greeter}
              clusters:
                - name: greeter
                  type: EDS
                  eds_cluster_config:
                    eds_config: {ads: {}, resource_api_version: V3}
                  %s
              endpoints:
                - cluster_name: greeter
                  endpoints:
                    - locality: {region: here}
                      load_balancing_weight: 1
                      lb_endpoints: [%s]
            """;

    private static final String TLS = """
            transport_socket: {name: envoy.transport_sockets.tls, typed_config: {"@type": \
            type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.%sTlsContext, %s\
            common_tls_context: {tls_certificate_provider_instance: {instance_name: default}, \
            validation_context: {ca_certificate_provider_instance: {instance_name: default}%s}}}}""";

    private MeshYaml() {}

    /// @param identities nothing for plaintext, or whom servers admit and whom clients accept
    /// @param ports of the service, on loopback
    static String text(String identities, List<Integer> ports) {
        var endpoints = ports.stream()
                .map(
                        "{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %d}}}, load_balancing_weight: 1}"
                                ::formatted)
                .collect(Collectors.joining(", "));
        if (identities.isEmpty()) {
            return RESOURCES.formatted("", "", "", endpoints);
        }
        var ids = identities.split(" ", -1);
        return RESOURCES.formatted(
                TLS.formatted("Downstream", "require_client_certificate: true, ", ""),
                admit(ids[0]),
                TLS.formatted("Upstream", "", accept(ids[1])),
                endpoints);
    }

    /// Clients look at names in the handshake.
    private static String accept(String id) {
        return ", match_subject_alt_names: [{exact: \"%s\"}]".formatted(id);
    }

    /// Servers look at names when a call comes.
    private static String admit(String id) {
        return """
            - {name: rbac, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC, \
            rules: {action: ALLOW, policies: {all: {permissions: [{any: true}], \
            principals: [{authenticated: {principal_name: {exact: "%s"}}}]}}}}}""".formatted(id);
    }
}
