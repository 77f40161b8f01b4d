package dev.outrigger.bootstrap;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// Who this workload is to the control plane (`envoy.config.core.v3.Node`). Versions and capabilities are not in it:
/// the
/// xDS client fills those in.
///
/// @param id unique among the control plane's clients and the same after a restart; not empty
/// @param cluster the service it belongs to; may be empty for gRPC, not for Envoy
/// @param locality where it runs
/// @param metadata further facts that the control plane asks for; the order is kept
public record Node(String id, String cluster, Locality locality, Map<String, String> metadata) {
    /// Copies the map.
    ///
    /// @throws IllegalArgumentException when `id` is empty
    public Node {
        if (id.isEmpty()) {
            throw new IllegalArgumentException(
                    "the xDS node id is empty; control planes tell workloads apart by it, set --node-id");
        }
        metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    }

    /// A place, from large to small. Empty parts are unknown.
    ///
    /// @param region for example `eu-west-1`
    /// @param zone for example `eu-west-1b`
    /// @param subZone for example a rack
    public record Locality(String region, String zone, String subZone) {
        Json toJson() {
            var json = Json.object();
            putIfPresent(json, "region", region);
            putIfPresent(json, "zone", zone);
            putIfPresent(json, "sub_zone", subZone);
            return json;
        }

        boolean isEmpty() {
            return region.isEmpty() && zone.isEmpty() && subZone.isEmpty();
        }
    }

    /// Without what is empty.
    Json toJson() {
        var json = Json.object().put("id", id);
        putIfPresent(json, "cluster", cluster);
        if (!locality.isEmpty()) {
            json.put("locality", locality.toJson());
        }
        if (!metadata.isEmpty()) {
            json.put("metadata", metadata);
        }
        return json;
    }

    private static void putIfPresent(Json json, String name, String value) {
        if (!value.isEmpty()) {
            json.put(name, value);
        }
    }
}
