package dev.outrigger.xds;

import java.net.ProtocolException;
import java.util.ArrayList;
import java.util.List;

/// The envelope of one message from the control plane.
///
/// @param count resources in it
/// @param listing those whose names are known; with versions of their own in the delta protocol
/// @param removed delta only: names that are gone
/// @param raw the message as it came, to be read only while it is retained
record Push(String typeUrl, String version, String nonce, int count, Listing listing, Listing removed, Message raw) {
    static final String WRAPPER = "type.googleapis.com/envoy.service.discovery.v3.Resource";
    private static final int RESOURCES = 2;

    static Push read(Protocol protocol, Message raw) throws ProtocolException {
        return new Reader(protocol, raw).finish();
    }

    /// Reads one push, in as many steps as its owner likes. The message must be retained until it is done.
    static final class Reader {
        private final Protocol protocol;
        private final Message raw;
        private final Contents contents;
        private final Listing.Builder removed;
        private final Fields fields;
        private String typeUrl = "";
        private String version = "";
        private String nonce = "";
        private int count;

        Reader(Protocol protocol, Message raw) {
            this.protocol = protocol;
            this.raw = raw;
            this.contents = new Contents(protocol, raw.length());
            this.removed = new Listing.Builder(raw.length());
            this.fields = raw.fields();
        }

        Push finish() throws ProtocolException {
            while (!step(raw.length())) {}
            return new Push(typeUrl, version, nonce, count, contents.build(), removed.build(), raw);
        }

        /// Reads on.
        ///
        /// @param bytes about how many
        /// @return whether all is read
        boolean step(int bytes) throws ProtocolException {
            long until = (long) fields.end() + bytes;
            do {
                if (!fields.next()) {
                    return true;
                }
                field();
            } while (fields.end() < until);
            return false;
        }

        private void field() throws ProtocolException {
            switch (fields.number()) {
                case 1 -> version = fields.string();
                case RESOURCES -> {
                    count++;
                    contents.add(fields);
                }
                case 4 -> typeUrl = fields.string();
                case 5 -> nonce = fields.string();
                case 6 -> {
                    if (protocol == Protocol.DELTA) {
                        removed.begin();
                        removed.name(fields);
                        removed.end(0, 0);
                    }
                }
                default -> {} // forwarded, not understood
            }
        }
    }

    /// The same, when it says of what type it is.
    Push typed() throws ProtocolException {
        if (typeUrl.isEmpty()) {
            throw new ProtocolException("it has no type_url");
        }
        return this;
    }

    /// The type of the first resource in the beginning of a push; empty when that does not tell.
    static String firstType(Protocol protocol, Message beginning) {
        try {
            var fields = beginning.fields();
            while (fields.next()) {
                if (fields.number() == RESOURCES) {
                    fields.enter();
                    return protocol == Protocol.DELTA ? wrappedType(fields) : type(fields);
                }
            }
        } catch (ProtocolException e) {
            return ""; // it ends within the first resource
        }
        return "";
    }

    private static String wrappedType(Fields wrapper) throws ProtocolException {
        while (wrapper.next()) {
            if (wrapper.number() == RESOURCES) {
                wrapper.enter();
                return type(wrapper);
            }
        }
        return "";
    }

    private static String type(Fields any) throws ProtocolException {
        return any.next() && any.number() == 1 ? any.string() : "";
    }

    /// The same with its message on the heap, where it needs no release.
    Push onHeap() {
        return new Push(typeUrl, version, nonce, count, listing, removed, Message.of(raw.toBytes()));
    }

    /// The resources themselves, for a type the agent consumes.
    List<HandledResource> resources(Protocol protocol) throws ProtocolException {
        var resources = new ArrayList<HandledResource>(count);
        var fields = raw.fields();
        while (fields.next()) {
            if (fields.number() == RESOURCES) {
                int entered = fields.enter();
                resources.add(protocol == Protocol.DELTA ? wrapped(fields) : plain(fields));
                fields.leave(entered);
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
                case 2 -> {
                    int entered = resource.enter();
                    value = plain(resource).value();
                    resource.leave(entered);
                }
                case 3 -> name = resource.string();
                default -> {} // aliases, TTL: nothing the agent consumes has them
            }
        }
        return new HandledResource(name, itsVersion, value);
    }
}
