package dev.outrigger.bootstrap;

import java.util.OptionalLong;

/// Limits that Envoy wants to be told, set so that none of them meets a sidecar's traffic by surprise.
final class EnvoyLimits {
    /// Instructions of a compiled regular expression. Envoy's own 100 refuses patterns that are common in routes.
    private static final int REGEX_PROGRAM = 32768;

    private static final String MONITOR = "type.googleapis.com/envoy.extensions.resource_monitors.";
    private static final String FIXED_HEAP = "envoy.resource_monitors.fixed_heap";

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

    /// As good as no limit of connections: what a workload takes is its control plane's to say, by listener.
    /// Without a limit Envoy warns at every start. Near its limit of heap Envoy gives memory back to the system,
    /// then ends idle connections, and then refuses requests rather than be killed.
    static Json overload(OptionalLong heap) {
        var connections = Json.object()
                .put("@type", MONITOR + "downstream_connections.v3.DownstreamConnectionsConfig")
                .put("max_active_downstream_connections", Integer.MAX_VALUE);
        var monitors = Json.array()
                .add(Json.object()
                        .put("name", "envoy.resource_monitors.global_downstream_max_connections")
                        .put("typed_config", connections));
        var overload = Json.object();
        if (heap.isPresent()) {
            monitors.add(heapMonitor(heap.getAsLong()));
            overload.put("refresh_interval", "0.25s");
        }
        overload.put("resource_monitors", monitors);
        if (heap.isPresent()) {
            overload.put(
                    "actions",
                    Json.array()
                            .add(action("shrink_heap", 0.92))
                            .add(action("disable_http_keepalive", 0.95))
                            .add(action("stop_accepting_requests", 0.98)));
        }
        return overload;
    }

    private static Json heapMonitor(long bytes) {
        var limit = Json.object()
                .put("@type", MONITOR + "fixed_heap.v3.FixedHeapConfig")
                .put("max_heap_size_bytes", bytes);
        return Json.object().put("name", FIXED_HEAP).put("typed_config", limit);
    }

    private static Json action(String name, double share) {
        var trigger = Json.object()
                .put("name", FIXED_HEAP)
                .put("threshold", Json.object().put("value", share));
        return Json.object()
                .put("name", "envoy.overload_actions." + name)
                .put("triggers", Json.array().add(trigger));
    }
}
