package dev.outrigger.bootstrap;

/// Limits that Envoy wants to be told, set so that none of them meets a sidecar's traffic by surprise.
final class EnvoyLimits {
    /// Instructions of a compiled regular expression. Envoy's own 100 refuses patterns that are common in routes.
    private static final int REGEX_PROGRAM = 32768;

    private EnvoyLimits() {}

    /// The admin layer is last, so that `/runtime_modify` wins.
    static Json runtime() {
        var values = Json.object().put("re2.max_program_size.error_level", REGEX_PROGRAM);
        return Json.object()
                .put(
                        "layers",
                        Json.array()
                                .add(Json.object().put("name", "outrigger").put("static_layer", values))
                                .add(Json.object().put("name", "admin").put("admin_layer", Json.object())));
    }

    /// As good as no limit of connections: what a workload takes is its control plane's to say, by listener. Without a
    /// limit Envoy warns at every start.
    static Json overload() {
        var connections = Json.object()
                .put(
                        "@type",
                        "type.googleapis.com/envoy.extensions.resource_monitors.downstream_connections.v3"
                                + ".DownstreamConnectionsConfig")
                .put("max_active_downstream_connections", Integer.MAX_VALUE);
        return Json.object()
                .put(
                        "resource_monitors",
                        Json.array()
                                .add(Json.object()
                                        .put("name", "envoy.resource_monitors.global_downstream_max_connections")
                                        .put("typed_config", connections)));
    }
}
