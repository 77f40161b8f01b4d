package dev.outrigger.xds;

import java.net.ProtocolException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The envelope of one message from the control plane.
///
/// @param count resources in it
/// @param versions delta only: name to version of each resource
/// @param removed delta only: names that are gone
/// @param raw the message as it came
@SuppressWarnings("ArrayRecordComponent") // a view of one message in transit: never compared
record Push(
        String typeUrl,
        String version,
        String nonce,
        int count,
        Map<String, String> versions,
        List<String> removed,
        byte[] raw) {
    static final String WRAPPER = "type.googleapis.com/envoy.service.discovery.v3.Resource";
    private static final int RESOURCES = 2;

    static Push read(Protocol protocol, byte[] raw) throws ProtocolException {
        String typeUrl = "";
        String version = "";
        String nonce = "";
        int count = 0;
        var versions = new LinkedHashMap<String, String>();
        var removed = new ArrayList<String>();
        var fields = new Fields(raw);
        while (fields.next()) {
            switch (fields.number()) {
                case 1 -> version = fields.string();
                case RESOURCES -> {
                    count++;
                    if (protocol == Protocol.DELTA) {
                        named(fields.message(), versions);
                    }
                }
                case 4 -> typeUrl = fields.string();
                case 5 -> nonce = fields.string();
                case 6 -> {
                    if (protocol == Protocol.DELTA) {
                        removed.add(fields.string());
                    }
                }
                default -> {} // forwarded, not understood
            }
        }
        return new Push(typeUrl, version, nonce, count, versions, removed, raw);
    }

    /// The resources themselves, for a type the agent consumes.
    List<HandledResource> resources(Protocol protocol) throws ProtocolException {
        var resources = new ArrayList<HandledResource>(count);
        var fields = new Fields(raw);
        while (fields.next()) {
            if (fields.number() == RESOURCES) {
                resources.add(protocol == Protocol.DELTA ? wrapped(fields.message()) : plain(fields.message()));
            }
        }
        return resources;
    }

    private HandledResource plain(Fields any) throws ProtocolException {
        String type = "";
        byte[] value = new byte[0];
        while (any.next()) {
            if (any.number() == 1) {
                type = any.string();
            } else if (any.number() == 2) {
                value = any.bytes();
            }
        }
        return type.equals(WRAPPER) ? wrapped(new Fields(value)) : new HandledResource("", version, value);
    }

    private HandledResource wrapped(Fields resource) throws ProtocolException {
        String name = "";
        String itsVersion = version;
        byte[] value = new byte[0];
        while (resource.next()) {
            switch (resource.number()) {
                case 1 -> itsVersion = resource.string();
                case 2 -> value = plain(resource.message()).value();
                case 3 -> name = resource.string();
                default -> {} // aliases, TTL: nothing the agent consumes has them
            }
        }
        return new HandledResource(name, itsVersion, value);
    }

    private static void named(Fields resource, Map<String, String> into) throws ProtocolException {
        String name = "";
        String version = "";
        while (resource.next()) {
            if (resource.number() == 1) {
                version = resource.string();
            } else if (resource.number() == 3) {
                name = resource.string();
            }
        }
        into.put(name, version);
    }
}
