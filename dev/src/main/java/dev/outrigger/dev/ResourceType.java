package dev.outrigger.dev;

import com.google.protobuf.Message;
import dev.outrigger.proto.nds.NameTable;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import java.util.Arrays;
import java.util.Optional;

/// The kinds of resources the control plane has, in the order in which they are pushed: what is referred to comes
/// before
/// what refers to it.
public enum ResourceType {
    /// Clusters (CDS).
    CLUSTERS(Cluster.getDefaultInstance(), "name", "cluster"),
    /// The endpoints of EDS clusters, by service name.
    ENDPOINTS(ClusterLoadAssignment.getDefaultInstance(), "cluster_name", "endpoints"),
    /// Listeners (LDS).
    LISTENERS(Listener.getDefaultInstance(), "name", "listener"),
    /// Route configurations (RDS).
    ROUTES(RouteConfiguration.getDefaultInstance(), "name", "route"),
    /// The one table of DNS names.
    NAMES(NameTable.getDefaultInstance(), "", "names");

    private static final String PREFIX = "type.googleapis.com/";

    private final Message prototype;
    private final String nameField;
    private final String singular;

    ResourceType(Message prototype, String nameField, String singular) {
        this.prototype = prototype;
        this.nameField = nameField;
        this.singular = singular;
    }

    /// As on the wire, for example `type.googleapis.com/envoy.config.cluster.v3.Cluster`.
    public String typeUrl() {
        return PREFIX + prototype.getDescriptorForType().getFullName();
    }

    /// As in the file and for humans, for example `clusters`.
    public String section() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }

    /// For humans: the section of a type URL, or the last part of a type URL that is not one of ours.
    public static String label(String typeUrl) {
        return of(typeUrl).map(ResourceType::section).orElseGet(() -> typeUrl.substring(typeUrl.lastIndexOf('.') + 1));
    }

    static Optional<ResourceType> of(String typeUrl) {
        return Arrays.stream(values()).filter(t -> t.typeUrl().equals(typeUrl)).findAny();
    }

    /// Whether a first request without names asks for everything (xDS: only where the server chooses the set).
    static boolean isWildcardByDefault(String typeUrl) {
        return of(typeUrl)
                .map(t -> switch (t) {
                    case CLUSTERS, LISTENERS, NAMES -> true;
                    case ENDPOINTS, ROUTES -> false;
                })
                .orElse(false);
    }

    Message prototype() {
        return prototype;
    }

    /// The field that names a resource; empty when it has none.
    String nameField() {
        return nameField;
    }

    /// One of them, for humans.
    String singular() {
        return singular;
    }
}
