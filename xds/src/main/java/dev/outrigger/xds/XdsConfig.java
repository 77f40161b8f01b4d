package dev.outrigger.xds;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Everything the relay needs to know.
///
/// @param socket Unix socket that Envoy and gRPC clients dial; its folder must exist; at most 107 bytes
/// @param socketPermissions of that socket, as `ls` shows them; `rw-------` by default
/// @param controlPlanes tried in this order, at least one; may be unresolved, the name is looked up at every dial
/// @param security of the connection to the control plane
/// @param tokenFile bearer token for the control plane, read again for every stream
/// @param headers sent with every stream to the control plane; lower-case names
/// @param backoff between two dials
/// @param returnEvery how often is looked, on average, whether a control plane before the one in use is back;
///     zero: never
/// @param keepalive of the connection to the control plane
/// @param silenceWarning how long a subscription or a push may go unanswered before that is told; zero: for ever
/// @param snapshot where the last known good is kept; empty when it is not
public record XdsConfig(
        Path socket,
        String socketPermissions,
        List<InetSocketAddress> controlPlanes,
        UpstreamSecurity security,
        Optional<Path> tokenFile,
        Map<String, String> headers,
        Backoff backoff,
        Duration returnEvery,
        Keepalive keepalive,
        Duration silenceWarning,
        Optional<SnapshotConfig> snapshot) {
    /// Copies the collections.
    ///
    /// @throws IllegalArgumentException when `controlPlanes` is empty
    public XdsConfig {
        controlPlanes = List.copyOf(controlPlanes);
        headers = Map.copyOf(headers);
        if (controlPlanes.isEmpty()) {
            throw new IllegalArgumentException("the xDS relay needs at least one control plane");
        }
    }

    /// Leaves the header values out: some carry credentials.
    @Override
    public String toString() {
        return "XdsConfig[socket=" + socket + ", controlPlanes=" + controlPlanes + ", security=" + security
                + ", tokenFile=" + tokenFile + ", headers=" + headers.keySet() + "]";
    }
}
