package dev.outrigger.agent.it;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import dev.outrigger.dev.DevFile;
import dev.outrigger.dev.ResourceType;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.extensions.filters.http.router.v3.Router;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.StreamSupport;

/// What Envoy got from discovery and uses, in a form that can be compared: one line a resource, by type and name.
/// What still warms is named, too, and so equal to nothing that is wanted.
final class EnvoyDump {
    private static final JsonFormat.TypeRegistry TYPES = JsonFormat.TypeRegistry.newBuilder()
            .add(HttpConnectionManager.getDescriptor())
            .add(Router.getDescriptor())
            .add(DownstreamTlsContext.getDescriptor())
            .add(UpstreamTlsContext.getDescriptor())
            .add(HttpProtocolOptions.getDescriptor())
            .build();

    private EnvoyDump() {}

    /// What Envoy holds.
    ///
    /// @param json of `/config_dump?include_eds`
    static Map<String, String> of(String json) {
        var held = new TreeMap<String, String>();
        for (var config : JsonParser.parseString(json).getAsJsonObject().getAsJsonArray("configs")) {
            var section = config.getAsJsonObject();
            each(section, "dynamic_active_clusters")
                    .forEach(it -> put(held, message(it, "cluster", Cluster.newBuilder())));
            each(section, "dynamic_warming_clusters")
                    .forEach(it -> held.put("warming cluster " + name(it.getAsJsonObject("cluster")), "yes"));
            each(section, "dynamic_listeners").forEach(it -> listener(held, it));
            each(section, "dynamic_route_configs")
                    .forEach(it -> put(held, message(it, "route_config", RouteConfiguration.newBuilder())));
            each(section, "dynamic_endpoint_configs")
                    .forEach(it -> put(held, message(it, "endpoint_config", ClusterLoadAssignment.newBuilder())));
        }
        // Endpoints that stand in their cluster are listed as well.
        held.keySet()
                .removeIf(name -> name.startsWith("endpoints ")
                        && !held.getOrDefault(name.replace("endpoints ", "cluster "), "")
                                .contains("\"type\":\"EDS\""));
        return held;
    }

    /// What Envoy should hold.
    static Map<String, String> of(DevFile file) {
        var wanted = new TreeMap<String, String>();
        try {
            for (var any : file.resources(ResourceType.CLUSTERS).values()) {
                put(wanted, any.unpack(Cluster.class));
            }
            for (var any : file.resources(ResourceType.LISTENERS).values()) {
                put(wanted, any.unpack(Listener.class));
            }
            for (var any : file.resources(ResourceType.ROUTES).values()) {
                put(wanted, any.unpack(RouteConfiguration.class));
            }
            for (var any : file.resources(ResourceType.ENDPOINTS).values()) {
                put(wanted, any.unpack(ClusterLoadAssignment.class));
            }
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
        return wanted;
    }

    private static void listener(Map<String, String> held, JsonObject dumped) {
        if (dumped.has("warming_state")) {
            held.put("warming listener " + name(dumped), "yes");
        }
        if (dumped.has("active_state")) {
            put(held, message(dumped.getAsJsonObject("active_state"), "listener", Listener.newBuilder()));
        }
    }

    private static List<JsonObject> each(JsonObject section, String name) {
        return section.has(name)
                ? StreamSupport.stream(section.getAsJsonArray(name).spliterator(), false)
                        .map(JsonElement::getAsJsonObject)
                        .toList()
                : List.of();
    }

    private static String name(JsonObject resource) {
        return resource.get("name").getAsString();
    }

    private static Message message(JsonObject dumped, String field, Message.Builder builder) {
        var resource = dumped.getAsJsonObject(field).deepCopy();
        resource.remove("@type");
        try {
            JsonFormat.parser().usingTypeRegistry(TYPES).ignoringUnknownFields().merge(resource.toString(), builder);
            return builder.build();
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError("unexpected in the config dump: " + resource, e);
        }
    }

    private static void put(Map<String, String> into, Message resource) {
        switch (resource) {
            case Cluster it -> into.put("cluster " + it.getName(), text(it));
            case Listener it -> into.put("listener " + it.getName(), text(it));
            case RouteConfiguration it -> into.put("route " + it.getName(), text(it));
            case ClusterLoadAssignment it -> into.put("endpoints " + it.getClusterName(), text(it));
            default -> throw new AssertionError(Any.pack(resource).getTypeUrl());
        }
    }

    private static String text(Message resource) {
        try {
            return JsonFormat.printer()
                    .usingTypeRegistry(TYPES)
                    .omittingInsignificantWhitespace()
                    .sortingMapKeys()
                    .print(resource);
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    /// Envoy tells of endpoints what it made of them, with defaults; only where they are counts.
    private static String text(ClusterLoadAssignment endpoints) {
        var all = new ArrayList<String>();
        for (var locality : endpoints.getEndpointsList()) {
            for (var endpoint : locality.getLbEndpointsList()) {
                var address = endpoint.getEndpoint().getAddress().getSocketAddress();
                all.add(locality.getLocality().getRegion() + " " + address.getAddress() + ":" + address.getPortValue());
            }
        }
        return String.join(", ", all);
    }
}
