package dev.outrigger.dev;

import com.google.protobuf.Any;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What the control plane serves at one moment.
///
/// @param collections one a type
record Snapshot(Map<ResourceType, Collection> collections) {
    private static final List<ResourceType> REFERRED_TO = List.of(ResourceType.CLUSTERS, ResourceType.ENDPOINTS);
    private static final int HASH_BYTES = 8;

    Snapshot {
        collections = Map.copyOf(collections);
    }

    /// All resources of a type.
    ///
    /// @param version counts the changes of the type; 0 when there never was a resource of it
    record Collection(long version, Map<String, Versioned> resources) {
        static final Collection NONE = new Collection(0, Map.of());

        Collection {
            resources = Collections.unmodifiableMap(new LinkedHashMap<>(resources));
        }
    }

    /// @param version hash of the content, so that it is the same after a restart
    record Versioned(String version, Any value) {
        static Versioned of(Any value) {
            try {
                var hash = MessageDigest.getInstance("SHA-256")
                        .digest(value.getValue().toByteArray());
                return new Versioned(HexFormat.of().formatHex(hash, 0, HASH_BYTES), value);
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every JDK has SHA-256", e);
            }
        }
    }

    static Snapshot first(DevFile file) {
        return new Snapshot(Map.of()).next(file);
    }

    /// The collection of a type URL; an empty one when it is not ours.
    Collection of(String typeUrl) {
        return ResourceType.of(typeUrl).map(this::of).orElse(Collection.NONE);
    }

    private Collection of(ResourceType type) {
        return collections.getOrDefault(type, Collection.NONE);
    }

    /// What follows this when `file` is published: types that did not change keep their version.
    Snapshot next(DevFile file) {
        var next = new EnumMap<ResourceType, Collection>(ResourceType.class);
        for (var type : ResourceType.values()) {
            var resources = new LinkedHashMap<String, Versioned>();
            file.resources(type).forEach((name, value) -> resources.put(name, Versioned.of(value)));
            next.put(type, following(type, resources));
        }
        return new Snapshot(next);
    }

    /// A step between this and `next` that adds and changes, and still has what is to be removed of the types that
    /// others refer to: make before break.
    Snapshot towards(Snapshot next) {
        var step = new EnumMap<ResourceType, Collection>(next.collections);
        for (var type : REFERRED_TO) {
            var union = new LinkedHashMap<>(next.of(type).resources());
            of(type).resources().forEach(union::putIfAbsent);
            step.put(type, following(type, union));
        }
        return new Snapshot(step);
    }

    /// This snapshot as what was reached through {@link #towards}, with versions that follow it.
    Snapshot after(Snapshot step) {
        var last = new EnumMap<ResourceType, Collection>(collections);
        REFERRED_TO.forEach(type -> last.put(type, step.following(type, of(type).resources())));
        return new Snapshot(last);
    }

    private Collection following(ResourceType type, Map<String, Versioned> resources) {
        var old = of(type);
        return old.version() > 0 && old.resources().equals(resources)
                ? old
                : new Collection(old.version() + 1, resources);
    }
}
