package dev.outrigger.bootstrap;

/// Which parts of a statistic's name become labels.
///
/// Envoy's default tags are all on: `envoy_cluster_name`, `envoy_http_conn_manager_prefix`, `envoy_listener_address`,
/// `envoy_response_code` and so on. They end a name at its first dot. Where a control plane ends names with a
/// semicolon,
/// as Istio does, the whole name is the value of the tags here; without them the rest of a name such as
/// `outbound|80||web.shop.svc.cluster.local;` would become part of the metric's name. A tag with a regular expression
/// takes its first group out of the name, and its second group is the value.
final class EnvoyStats {
    private EnvoyStats() {}

    static Json config() {
        return Json.object()
                .put("use_all_default_tags", true)
                .put(
                        "stats_tags",
                        Json.array()
                                .add(tag("cluster_name", "^cluster\\.((.+?);\\.)"))
                                .add(tag("http_conn_manager_prefix", "^http\\.((.+?);\\.)"))
                                .add(tag("tcp_prefix", "^tcp\\.((.+?);\\.)"))
                                .add(tag("authz_enforce_result", "^http\\..*rbac(\\.(allowed|denied))$"))
                                .add(tag("authz_dry_run_result", "^http\\..*rbac.*(\\.shadow_(allowed|denied))$")));
    }

    private static Json tag(String name, String regex) {
        return Json.object().put("tag_name", name).put("regex", regex);
    }
}
