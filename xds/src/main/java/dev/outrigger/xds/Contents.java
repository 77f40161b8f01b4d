package dev.outrigger.xds;

import java.net.ProtocolException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/// What a push carries, by name. Of the resources themselves only the name is read; the rest is summed up in a
/// checksum.
final class Contents {
    private static final String PREFIX = "type.googleapis.com/";
    private static final String WRAPPER = PREFIX + "envoy.service.discovery.v3.Resource";
    private static final int RESOURCES = 2;
    private static final int RESOURCE = 2;

    /// Types whose field 1 is the resource's name (envoy/config and envoy/extensions, v3).
    private static final Set<String> NAMED = Set.of(
            "envoy.config.cluster.v3.Cluster",
            "envoy.config.core.v3.TypedExtensionConfig",
            "envoy.config.endpoint.v3.ClusterLoadAssignment",
            "envoy.config.listener.v3.Listener",
            "envoy.config.route.v3.RouteConfiguration",
            "envoy.config.route.v3.ScopedRouteConfiguration",
            "envoy.config.route.v3.VirtualHost",
            "envoy.extensions.transport_sockets.tls.v3.Secret",
            "envoy.service.runtime.v3.Runtime");

    /// Types of which a state-of-the-world push has everything: what is not in it is gone. Of the others it may
    /// have a part.
    private static final Set<String> COMPLETE = Set.of(
            "envoy.config.cluster.v3.Cluster",
            "envoy.config.listener.v3.Listener",
            "envoy.config.route.v3.ScopedRouteConfiguration");

    private Contents() {}

    /// @param version of the resource in the delta protocol, of the push in the other
    /// @param checksum CRC32C of its bytes; 0 in the delta protocol, where the version tells enough
    record Item(String version, int bytes, int checksum) {}

    /// The resources whose names are known; empty for a type of which we cannot tell.
    static Map<String, Item> read(Protocol protocol, Push push) {
        try {
            return protocol == Protocol.DELTA ? delta(push) : sotw(push);
        } catch (ProtocolException e) {
            return Map.of(); // the client is to judge it
        }
    }

    /// Names and versions are those that the push was read with; only the sizes are looked up.
    private static Map<String, Item> delta(Push push) throws ProtocolException {
        var items = LinkedHashMap.<String, Item>newLinkedHashMap(push.count());
        if (push.versions().size() != push.count()) {
            push.versions().forEach((name, version) -> items.put(name, item(version, push, 0))); // a name stands twice
            return items;
        }
        var fields = new Fields(push.raw());
        for (var resource : push.versions().entrySet()) {
            while (fields.next() && fields.number() != RESOURCES) {
                // another part of the envelope
            }
            items.put(resource.getKey(), item(resource.getValue(), push, size(fields.message())));
        }
        return items;
    }

    private static Item item(String version, Push push, int bytes) {
        return new Item(version.isEmpty() ? push.version() : version, bytes, 0);
    }

    private static int size(Fields resource) throws ProtocolException {
        while (resource.next()) {
            if (resource.number() == RESOURCE) {
                return resource.size();
            }
        }
        return 0;
    }

    private static Map<String, Item> sotw(Push push) throws ProtocolException {
        var items = LinkedHashMap.<String, Item>newLinkedHashMap(push.count());
        for (var fields = new Fields(push.raw()); fields.next(); ) {
            if (fields.number() == RESOURCES) {
                plain(fields.message(), push.version(), items);
            }
        }
        return items;
    }

    /// Whether what is not in a push of this type is gone.
    static boolean isComplete(Protocol protocol, String typeUrl) {
        return protocol == Protocol.SOTW && typeUrl.startsWith(PREFIX) && COMPLETE.contains(bare(typeUrl));
    }

    /// A `Resource`, which has the name beside the resource.
    private static void wrapped(Fields resource, String fallback, Map<String, Item> into) throws ProtocolException {
        String name = "";
        String version = "";
        int bytes = 0;
        int checksum = 0;
        while (resource.next()) {
            switch (resource.number()) {
                case 1 -> version = resource.string();
                case RESOURCE -> {
                    bytes = resource.size();
                    checksum = resource.checksum();
                }
                case 3 -> name = resource.string();
                default -> {} // aliases, TTL
            }
        }
        into.put(name, new Item(version.isEmpty() ? fallback : version, bytes, checksum));
    }

    /// An `Any` with the resource in it.
    private static void plain(Fields any, String version, Map<String, Item> into) throws ProtocolException {
        String type = "";
        while (any.next()) {
            if (any.number() == 1) {
                type = any.string();
            } else if (any.number() == 2 && type.equals(WRAPPER)) {
                wrapped(any.message(), version, into);
            } else if (any.number() == 2 && type.startsWith(PREFIX) && NAMED.contains(bare(type))) {
                into.put(name(any.message()), new Item(version, any.size(), any.checksum()));
            }
        }
    }

    private static String name(Fields resource) throws ProtocolException {
        while (resource.next()) {
            if (resource.number() == 1) {
                return resource.string();
            }
        }
        return "";
    }

    private static String bare(String typeUrl) {
        return typeUrl.substring(PREFIX.length());
    }
}
