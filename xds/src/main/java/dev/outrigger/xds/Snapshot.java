package dev.outrigger.xds;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a file holds.
///
/// @param node id of the workload's node
/// @param controlPlanes `host:port` of all that were configured
/// @param asOf when a control plane was last known to stand behind it
/// @param clients by client, then by type URL
record Snapshot(String node, List<String> controlPlanes, Instant asOf, Map<Client, Map<String, KeptType>> clients) {
    /// Who holds it: a sidecar and a proxyless application may share a node id and yet be told different things.
    ///
    /// @param node id of the client's node
    /// @param program its `user_agent_name`, for example `envoy`
    record Client(String node, String program) {
        // Written out, because what the JVM makes for a record is made anew in each start.
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Client that && node.equals(that.node) && program.equals(that.program);
        }

        @Override
        public int hashCode() {
            return 31 * node.hashCode() + program.hashCode();
        }
    }

    /// One type of one client.
    ///
    /// @param version of the last push that was accepted
    /// @param whole that push as it came, where its resources carry no name that can be read; null otherwise
    /// @param resources by name
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record KeptType(String version, byte @Nullable [] whole, Map<String, Resource> resources) {
        KeptType copy() {
            return new KeptType(version, whole, new LinkedHashMap<>(resources));
        }

        KeptType only(Set<String> names) {
            var some = new LinkedHashMap<String, Resource>();
            for (var name : names) {
                var resource = resources.get(name);
                if (resource != null) {
                    some.put(name, resource);
                }
            }
            return new KeptType(version, whole, some);
        }

        int count() {
            return whole == null ? resources.size() : 1;
        }
    }

    /// One resource.
    ///
    /// @param value its serialised `google.protobuf.Any`; for a type that the agent consumes, the message itself
    @SuppressWarnings("ArrayRecordComponent") // never compared, never changed
    record Resource(String version, byte[] value) {}
}
