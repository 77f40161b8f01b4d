package dev.outrigger.xds;

import java.net.ProtocolException;
import java.util.Set;
import java.util.zip.CRC32;

/// Lists what a push carries while it is walked. Of the resources themselves only the name is read; in the
/// state-of-the-world protocol, where nothing else tells a change, the rest is summed up in a checksum.
///
/// Owned by whoever made it.
final class Contents {
    private static final String PREFIX = "type.googleapis.com/";

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

    private enum Kind {
        /// Its field 1 is its name.
        NAMED,
        /// A `Resource`, which has the name beside the resource.
        WRAPPED,
        UNKNOWN
    }

    private final Protocol protocol;
    private final Listing.Builder listing;
    private final CRC32 crc = new CRC32();
    /// Type of the last resource; most pushes have one only.
    private byte[] type = new byte[0];

    private Kind kind = Kind.UNKNOWN;
    private boolean unreadable;

    /// @param length of the whole message
    Contents(Protocol protocol, int length) {
        this.protocol = protocol;
        this.listing = new Listing.Builder(length);
    }

    /// Whether what is not in a push of this type is gone.
    static boolean isComplete(Protocol protocol, String typeUrl) {
        return protocol == Protocol.SOTW && typeUrl.startsWith(PREFIX) && COMPLETE.contains(bare(typeUrl));
    }

    /// Whether field 1 of the type is the resource's name: in the state-of-the-world protocol nothing else tells
    /// it.
    static boolean isNamed(String typeUrl) {
        return typeUrl.startsWith(PREFIX) && NAMED.contains(bare(typeUrl));
    }

    /// The resources whose names are known; none of a type of which we cannot tell.
    Listing build() {
        return listing.build();
    }

    /// The current field is a resource.
    void add(Fields fields) throws ProtocolException {
        if (protocol == Protocol.DELTA) {
            versioned(fields);
        } else if (!unreadable) {
            plain(fields);
        }
    }

    /// Of the delta protocol: its version tells whether it changed.
    private void versioned(Fields fields) throws ProtocolException {
        int size = 0;
        int entered = fields.enter();
        listing.begin();
        while (fields.next()) {
            switch (fields.number()) {
                case 1 -> listing.version(fields);
                case 2 -> {
                    size = fields.size();
                    bringNear(fields);
                }
                case 3 -> listing.name(fields);
                default -> {} // aliases, TTL
            }
        }
        fields.leave(entered);
        listing.end(size, 0);
    }

    /// Of a push of megabytes, each resource is far from the last one in memory, and the walk waits for it.
    /// Passing over all bytes in order, which the sum is the fastest way to do, has the processor fetch ahead: it
    /// halves the time of the whole walk.
    /// A window has fetched them already.
    private void bringNear(Fields fields) throws ProtocolException {
        if (fields.isBytes() && !fields.hasWindow()) {
            fields.leave(fields.enter(crc));
        }
    }

    /// An `Any` with the resource in it. One that cannot be read is for the client to judge.
    private void plain(Fields fields) throws ProtocolException {
        int entered = fields.enter();
        try {
            boolean typed = false;
            while (fields.next()) {
                if (fields.number() == 1) {
                    learn(fields);
                    typed = true;
                } else if (fields.number() == 2 && typed && kind == Kind.NAMED) {
                    named(fields);
                } else if (fields.number() == 2 && typed && kind == Kind.WRAPPED) {
                    wrapped(fields);
                }
            }
        } catch (ProtocolException e) {
            unreadable = true;
            listing.clear();
        }
        fields.leave(entered);
    }

    private void learn(Fields fields) throws ProtocolException {
        if (!fields.is(type)) {
            type = fields.bytes();
            kind = kind(fields.string());
        }
    }

    private static Kind kind(String type) {
        if (type.equals(Push.WRAPPER)) {
            return Kind.WRAPPED;
        }
        return isNamed(type) ? Kind.NAMED : Kind.UNKNOWN;
    }

    private void named(Fields fields) throws ProtocolException {
        int size = fields.size();
        crc.reset();
        int entered = fields.enter(crc);
        listing.begin();
        boolean found = false;
        while (!found && fields.next()) {
            if (fields.number() == 1) {
                listing.name(fields);
                found = true;
            }
        }
        fields.leave(entered);
        listing.end(size, (int) crc.getValue());
    }

    private void wrapped(Fields fields) throws ProtocolException {
        int size = 0;
        crc.reset();
        int entered = fields.enter();
        listing.begin();
        while (fields.next()) {
            switch (fields.number()) {
                case 1 -> listing.version(fields);
                case 2 -> {
                    size = fields.size();
                    crc.reset();
                    fields.leave(fields.enter(crc));
                }
                case 3 -> listing.name(fields);
                default -> {} // aliases, TTL
            }
        }
        fields.leave(entered);
        listing.end(size, (int) crc.getValue());
    }

    private static String bare(String typeUrl) {
        return typeUrl.substring(PREFIX.length());
    }
}
