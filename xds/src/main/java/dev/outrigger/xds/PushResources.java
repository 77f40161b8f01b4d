package dev.outrigger.xds;

import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Takes a push apart into its resources, by name. What belongs to one is copied out of the message, into the same
/// few arrays for each. Owned by whoever made it.
final class PushResources {
    private static final int RESOURCES = 2;

    private final Protocol protocol;
    private final String typeUrl;
    private final byte[] ownVersion;
    private final Sink sink;
    private final Bytes name = new Bytes();
    private final Bytes version = new Bytes();
    private final Bytes value = new Bytes();
    private final Bytes outer = new Bytes();

    /// Is given each resource of a push, in their order; a name may stand twice, the last one counts.
    interface Sink {
        /// All arrays are used for the next one again, and only their first bytes count. Name and version are UTF-8.
        void put(byte[] name, int nameLength, byte[] version, int versionLength, byte[] value, int valueLength);
    }

    /// A value of the message that was copied.
    private static final class Bytes {
        private byte[] array = new byte[256];
        private int length;

        void clear() {
            length = 0;
        }

        void set(byte[] source) {
            room(source.length);
            System.arraycopy(source, 0, array, 0, source.length);
        }

        void set(Fields fields) throws ProtocolException {
            fields.requireBytes();
            room(fields.size());
            fields.copyTo(array, 0);
        }

        private void room(int size) {
            if (size > array.length) {
                array = Arrays.copyOf(array, Math.max(size, 2 * array.length));
            }
            length = size;
        }
    }

    private PushResources(Protocol protocol, String typeUrl, String version, Sink sink) {
        this.protocol = protocol;
        this.typeUrl = typeUrl;
        this.ownVersion = version.getBytes(StandardCharsets.UTF_8);
        this.sink = sink;
    }

    /// Whether each resource of a state-of-the-world push has a name that can be read.
    ///
    /// @throws ProtocolException when {@link #read} would fail half way
    static boolean isReadable(String typeUrl, Message push) throws ProtocolException {
        return read(Protocol.SOTW, typeUrl, "", push, (_, _, _, _, _, _) -> {});
    }

    /// @param version of the push, for resources that have none of their own
    /// @return false when a resource has no name that can be read; the sink may have been given some before it
    static boolean read(Protocol protocol, String typeUrl, String version, Message push, Sink sink)
            throws ProtocolException {
        return new PushResources(protocol, typeUrl, version, sink).read(push);
    }

    private boolean read(Message push) throws ProtocolException {
        for (var fields = push.fields(); fields.next(); ) {
            if (fields.number() != RESOURCES) {
                continue;
            }
            if (protocol == Protocol.DELTA) {
                wrapped(fields);
            } else {
                outer.set(fields);
                if (!plain(outer)) {
                    return false;
                }
            }
        }
        return true;
    }

    private boolean plain(Bytes any) throws ProtocolException {
        String type = "";
        for (var fields = any(any); fields.next(); ) {
            if (fields.number() == 1) {
                type = fields.string();
            }
        }
        if (type.equals(Push.WRAPPER)) {
            for (var fields = any(any); fields.next(); ) {
                if (fields.number() == 2) {
                    wrapped(fields);
                }
            }
            return true;
        }
        if (!Contents.isNamed(typeUrl)) {
            return false;
        }
        name(any);
        sink.put(name.array, name.length, ownVersion, ownVersion.length, any.array, any.length);
        return true;
    }

    private static Fields any(Bytes any) {
        return new Fields(any.array, 0, any.length);
    }

    private void name(Bytes any) throws ProtocolException {
        name.clear();
        for (var fields = any(any); fields.next(); ) {
            if (fields.number() == 2) {
                int entered = fields.enter();
                name.clear();
                while (fields.next()) {
                    if (fields.number() == 1) {
                        name.set(fields);
                    }
                }
                fields.leave(entered);
            }
        }
    }

    /// One without a message says only that the name is none, and is left out.
    private void wrapped(Fields resource) throws ProtocolException {
        int entered = resource.enter();
        boolean isThere = false;
        name.clear();
        version.set(ownVersion);
        while (resource.next()) {
            switch (resource.number()) {
                case 1 -> version.set(resource);
                case 2 -> {
                    value.set(resource);
                    isThere = true;
                }
                case 3 -> name.set(resource);
                default -> {} // a time to live would end what is kept for the time of an outage
            }
        }
        resource.leave(entered);
        if (isThere) {
            sink.put(name.array, name.length, version.array, version.length, value.array, value.length);
        }
    }
}
