package dev.outrigger.bootstrap;

import java.net.InetSocketAddress;

/// The listeners a bootstrap carries itself. Each passes one path on to one cluster and answers 404 to all others.
final class EnvoyListeners {
    private static final String CONNECTION_MANAGER =
            "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
    private static final String ROUTER = "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router";

    private EnvoyListeners() {}

    static Json of(EnvoyBootstrap bootstrap) {
        var listeners = Json.array();
        bootstrap
                .readiness()
                .ifPresent(address -> listeners.add(
                        listener("readiness", address, route("/healthz/ready", EnvoyClusters.AGENT, "15s"))));
        // A scraper knows its own limit; a large scrape may well take longer than Envoy's usual 15 s.
        bootstrap
                .stats()
                .ifPresent(address -> listeners.add(
                        listener("stats", address, route("/stats/prometheus", EnvoyClusters.ADMIN, "0s"))));
        return listeners;
    }

    /// The path is matched exactly, so that nothing else of the admin interface can be reached through it.
    private static Json route(String path, String cluster, String timeout) {
        return Json.object()
                .put("match", Json.object().put("path", path))
                .put("route", Json.object().put("cluster", cluster).put("timeout", timeout));
    }

    private static Json listener(String name, InetSocketAddress address, Json route) {
        var filter = Json.object()
                .put("name", "envoy.filters.network.http_connection_manager")
                .put("typed_config", connectionManager(name, route));
        return Json.object()
                .put("name", name)
                .put("stat_prefix", name)
                .put("address", Values.listenAddress(address))
                .put("ignore_global_conn_limit", true)
                .put("bypass_overload_manager", true)
                .put(
                        "filter_chains",
                        Json.array()
                                .add(Json.object().put("filters", Json.array().add(filter))));
    }

    private static Json connectionManager(String name, Json route) {
        var router = Json.object()
                .put("name", "envoy.filters.http.router")
                .put("typed_config", Json.object().put("@type", ROUTER));
        return Json.object()
                .put("@type", CONNECTION_MANAGER)
                .put("stat_prefix", name)
                .put("generate_request_id", false)
                .put("request_headers_timeout", "10s")
                .put("route_config", routes(name, route))
                .put("http_filters", Json.array().add(router));
    }

    private static Json routes(String name, Json route) {
        return Json.object()
                .put("name", name)
                .put(
                        "virtual_hosts",
                        Json.array()
                                .add(Json.object()
                                        .put("name", name)
                                        .put("domains", Json.array().add("*"))
                                        .put("routes", Json.array().add(route))));
    }
}
