package dev.outrigger.xds;

import dev.outrigger.xds.Snapshot.Resource;
import java.net.ProtocolException;
import java.util.function.BiConsumer;

/// Takes a push apart into its resources, by name. Stateless.
final class PushResources {
    private static final int RESOURCES = 2;

    private PushResources() {}

    /// @param sink is given each resource by its name, in their order; a name may stand twice, the last one
    ///     counts
    /// @return false when a resource has no name that can be read; the sink may have been given some before it
    static boolean read(
            Protocol protocol, String typeUrl, String version, Message push, BiConsumer<String, Resource> sink)
            throws ProtocolException {
        for (var fields = push.fields(); fields.next(); ) {
            if (fields.number() != RESOURCES) {
                continue;
            }
            boolean read = protocol == Protocol.DELTA
                    ? wrapped(fields, version, sink)
                    : plain(fields.bytes(), typeUrl, version, sink);
            if (!read) {
                return false;
            }
        }
        return true;
    }

    private static boolean plain(byte[] any, String typeUrl, String version, BiConsumer<String, Resource> sink)
            throws ProtocolException {
        String type = "";
        for (var fields = new Fields(any); fields.next(); ) {
            if (fields.number() == 1) {
                type = fields.string();
            }
        }
        if (type.equals(Push.WRAPPER)) {
            for (var fields = new Fields(any); fields.next(); ) {
                if (fields.number() == 2) {
                    wrapped(fields, version, sink);
                }
            }
            return true;
        }
        if (!Contents.isNamed(typeUrl)) {
            return false;
        }
        sink.accept(name(any), new Resource(version, any));
        return true;
    }

    private static String name(byte[] any) throws ProtocolException {
        String name = "";
        for (var fields = new Fields(any); fields.next(); ) {
            if (fields.number() == 2) {
                int entered = fields.enter();
                name = nameWithin(fields);
                fields.leave(entered);
            }
        }
        return name;
    }

    private static String nameWithin(Fields message) throws ProtocolException {
        String name = "";
        while (message.next()) {
            if (message.number() == 1) {
                name = message.string();
            }
        }
        return name;
    }

    /// One without a message says only that the name is none, and is left out.
    private static boolean wrapped(Fields resource, String version, BiConsumer<String, Resource> sink)
            throws ProtocolException {
        int entered = resource.enter();
        String name = "";
        String itsVersion = version;
        byte[] any = null;
        while (resource.next()) {
            switch (resource.number()) {
                case 1 -> itsVersion = resource.string();
                case 2 -> any = resource.bytes();
                case 3 -> name = resource.string();
                default -> {} // a time to live would end what is kept for the time of an outage
            }
        }
        resource.leave(entered);
        if (any != null) {
            sink.accept(name, new Resource(itsVersion, any));
        }
        return true;
    }
}
