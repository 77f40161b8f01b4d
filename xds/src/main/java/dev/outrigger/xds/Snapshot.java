package dev.outrigger.xds;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a file holds.
///
/// @param node id of the workload's node
/// @param controlPlanes `host:port` of all that were configured
/// @param asOf when a control plane was last known to stand behind it
/// @param clients by client, then by type URL
record Snapshot(String node, List<String> controlPlanes, Instant asOf, Map<Client, Map<String, KeptType>> clients)
        implements AutoCloseable {
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
    /// @param resources by name: the serialised `google.protobuf.Any` of each; for a type that the agent consumes,
    ///     the message itself
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record KeptType(String version, byte @Nullable [] whole, KeptResources resources) {
        int count() {
            return whole == null ? resources.count() : 1;
        }
    }

    /// Whoever was given it has read it.
    @Override
    public void close() {
        clients.values()
                .forEach(
                        types -> types.values().forEach(type -> type.resources().close()));
    }
}
