package dev.outrigger.dev;

import com.google.protobuf.Descriptors.FieldDescriptor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.snakeyaml.engine.v2.nodes.Node;

/// Remembers where a resource names another, and tells which of those names lead nowhere.
final class References {
    private static final Map<String, ResourceType> FIELDS = Map.of(
            "envoy.config.route.v3.RouteAction.cluster", ResourceType.CLUSTERS,
            "envoy.config.route.v3.RouteAction.RequestMirrorPolicy.cluster", ResourceType.CLUSTERS,
            "envoy.config.route.v3.WeightedCluster.ClusterWeight.name", ResourceType.CLUSTERS,
            "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.cluster", ResourceType.CLUSTERS,
            "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.WeightedCluster.ClusterWeight.name",
                    ResourceType.CLUSTERS,
            "envoy.extensions.filters.network.http_connection_manager.v3.Rds.route_config_name", ResourceType.ROUTES);

    private final List<Reference> all = new ArrayList<>();

    /// @param what holds it, for humans
    /// @param why what makes it point there, for humans
    private record Reference(ResourceType to, String name, Node node, String what, String why) {}

    /// Takes in a plain value.
    void seen(FieldDescriptor field, String text, Node node, String what) {
        var to = FIELDS.get(field.getFullName());
        if (to != null && !text.isEmpty()) {
            all.add(new Reference(to, text, node, what, field.getName()));
        }
    }

    /// Takes in a cluster whose endpoints are discovered.
    void seenEdsCluster(String service, Node node, String what) {
        all.add(new Reference(ResourceType.ENDPOINTS, service, node, what, "type EDS"));
    }

    /// Tells what is missing.
    ///
    /// @param names of the resources there are
    void check(Map<ResourceType, Set<String>> names, Yaml yaml) {
        for (var reference : all) {
            var there = names.getOrDefault(reference.to(), Set.of());
            if (!there.contains(reference.name())) {
                yaml.problem(reference.node(), missing(reference, there));
            }
        }
    }

    private static String missing(Reference reference, Set<String> there) {
        var to = reference.to();
        return reference.what() + ": " + reference.why() + " needs " + to.singular() + " " + reference.name()
                + ", which is not in resources." + to.section() + Yaml.hint(reference.name(), there)
                + "; add it there, or correct the name";
    }
}
