package dev.outrigger.bootstrap;

import java.nio.file.Path;

/// The clusters a bootstrap carries itself: the agent's sockets, its status server and Envoy's admin interface.
final class EnvoyClusters {
    static final String AGENT = "agent";
    static final String ADMIN = "prometheus_stats";
    private static final String XDS = "xds-grpc";
    private static final String SDS = "sds-grpc";

    /// In effect none: a refused discovery request would be retried for ever anyway.
    private static final int NO_LIMIT = 100_000;

    private static final String HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

    private EnvoyClusters() {}

    static Json of(EnvoyBootstrap bootstrap) {
        return Json.array()
                .add(grpc(XDS, bootstrap.xdsSocket()))
                .add(grpc(SDS, bootstrap.sdsSocket()))
                .add(cluster(AGENT, Values.connectAddress(bootstrap.agentStatus())))
                .add(cluster(ADMIN, Values.connectAddress(bootstrap.admin())));
    }

    /// The `GrpcService` of the discovery stream. The agent is next door, so Envoy comes back sooner than the half
    /// second
    /// up to half a minute it would wait by itself.
    static Json xdsService() {
        var backOff = Json.object().put("base_interval", "0.100s").put("max_interval", "2s");
        return Json.object()
                .put(
                        "envoy_grpc",
                        Json.object()
                                .put("cluster_name", XDS)
                                .put("retry_policy", Json.object().put("retry_back_off", backOff)));
    }

    private static Json grpc(String name, Path socket) {
        var pipe = Json.object().put("pipe", Json.object().put("path", socket.toString()));
        return cluster(name, pipe)
                .put(
                        "circuit_breakers",
                        Json.object()
                                .put(
                                        "thresholds",
                                        Json.array().add(threshold("DEFAULT")).add(threshold("HIGH"))))
                .put("typed_extension_protocol_options", Json.object().put(HTTP_OPTIONS, http2()));
    }

    private static Json threshold(String priority) {
        return Json.object()
                .put("priority", priority)
                .put("max_connections", NO_LIMIT)
                .put("max_pending_requests", NO_LIMIT)
                .put("max_requests", NO_LIMIT);
    }

    /// The kernel reports a dead agent at once; the ping is for one that hangs. Its pace stays above the five minutes
    /// that
    /// gRPC servers tolerate by default: a quicker client is disconnected for it.
    private static Json http2() {
        var keepalive = Json.object().put("interval", "360s").put("timeout", "30s");
        return Json.object()
                .put("@type", "type.googleapis.com/" + HTTP_OPTIONS)
                .put(
                        "explicit_http_config",
                        Json.object()
                                .put("http2_protocol_options", Json.object().put("connection_keepalive", keepalive)));
    }

    private static Json cluster(String name, Json address) {
        var endpoint = Json.object().put("endpoint", Json.object().put("address", address));
        var endpoints = Json.object().put("lb_endpoints", Json.array().add(endpoint));
        return Json.object()
                .put("name", name)
                .put("type", "STATIC")
                .put("connect_timeout", "1s")
                .put(
                        "load_assignment",
                        Json.object()
                                .put("cluster_name", name)
                                .put("endpoints", Json.array().add(endpoints)));
    }
}
