package dev.outrigger.bootstrap;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/// Envoy's bootstrap (`envoy.config.bootstrap.v3.Bootstrap`): enough to reach the agent, from which everything
/// else comes.
///
/// Names that a control plane's configuration may refer to: the clusters `sds-grpc` (secrets: `default` and
/// `ROOTCA`), `xds-grpc` (discovery), `agent` (the status server) and `prometheus_stats` (Envoy's admin
/// interface). They are those of Istio.
///
/// The agent's own listeners and the admin interface do not count against connection limits and are not refused
/// under overload. Statistics of theirs begin with `listener.` or `http.` and then `readiness`, `stats` or
/// `admin`. Envoy opens them at once but serves them only after the first configuration has come.
///
/// @param node sent with the first request of a stream; its cluster must not be empty
/// @param protocol of the discovery stream
/// @param xdsSocket where the agent serves discovery; absolute
/// @param sdsSocket where the agent serves secrets; absolute
/// @param initialFetchTimeout how long Envoy waits for its first listeners and clusters before it starts without
///     them; zero: for ever
/// @param admin address of Envoy's admin interface
/// @param agentStatus how Envoy reaches the agent's status server
/// @param readiness address of a listener that passes `/healthz/ready` on to the agent
/// @param stats address of a listener that passes `/stats/prometheus` on to the admin interface
/// @param heap bytes of heap near which Envoy sheds load; empty for none
public record EnvoyBootstrap(
        Node node,
        XdsProtocol protocol,
        Path xdsSocket,
        Path sdsSocket,
        Duration initialFetchTimeout,
        InetSocketAddress admin,
        InetSocketAddress agentStatus,
        Optional<InetSocketAddress> readiness,
        Optional<InetSocketAddress> stats,
        OptionalLong heap) {
    private static final String INTERNAL_LISTENER =
            "type.googleapis.com/envoy.extensions.bootstrap.internal_listener.v3.InternalListener";

    /// Checks what Envoy would refuse.
    ///
    /// @throws IllegalArgumentException for a node without a cluster, a relative or too long socket path,
    /// a negative timeout, an address with a name or without a port, or an address given twice
    public EnvoyBootstrap {
        if (node.cluster().isEmpty()) {
            throw new IllegalArgumentException(
                    "the xDS node cluster is empty, which Envoy refuses; set --node-cluster");
        }
        Values.requireSocket("the xDS socket", xdsSocket);
        Values.requireSocket("the SDS socket", sdsSocket);
        if (initialFetchTimeout.isNegative()) {
            throw new IllegalArgumentException(
                    "the initial fetch timeout " + initialFetchTimeout + " is negative; use zero to wait for ever");
        }
        var taken = new HashSet<InetSocketAddress>();
        requireFree(taken, "the agent's status", agentStatus);
        requireFree(taken, "Envoy's admin", admin);
        readiness.ifPresent(address -> requireFree(taken, "the readiness", address));
        stats.ifPresent(address -> requireFree(taken, "the stats", address));
        if (heap.isPresent() && heap.getAsLong() <= 0) {
            throw new IllegalArgumentException("the heap limit " + heap.getAsLong() + " is no number of bytes");
        }
    }

    /// The whole bootstrap.
    public Json toJson() {
        return Json.object()
                .put("node", node.toJson())
                .put("admin", adminInterface())
                .put("dynamic_resources", dynamicResources())
                .put(
                        "static_resources",
                        Json.object().put("clusters", EnvoyClusters.of(this)).put("listeners", EnvoyListeners.of(this)))
                .put("stats_config", EnvoyStats.config())
                .put("deferred_stat_options", Json.object().put("enable_deferred_creation_stats", true))
                .put("layered_runtime", EnvoyLimits.runtime())
                .put("overload_manager", EnvoyLimits.overload(heap))
                .put("bootstrap_extensions", Json.array().add(internalListener()));
    }

    private Json adminInterface() {
        return Json.object()
                .put("address", Values.listenAddress(admin))
                .put("profile_path", "/dev/null")
                .put("ignore_global_conn_limit", true);
    }

    private Json dynamicResources() {
        return Json.object()
                .put("ads_config", adsConfig())
                .put("lds_config", overAds())
                .put("cds_config", overAds());
    }

    private Json adsConfig() {
        return Json.object()
                .put("api_type", protocol.apiType())
                .put("transport_api_version", "V3")
                .put("set_node_on_first_message_only", true)
                .put("grpc_services", Json.array().add(EnvoyClusters.xdsService()));
    }

    private Json overAds() {
        return Json.object()
                .put("ads", Json.object())
                .put("resource_api_version", "V3")
                .put("initial_fetch_timeout", Values.seconds(initialFetchTimeout));
    }

    /// Lets a control plane use listeners that are reached from within Envoy, as tunnels (HBONE) do.
    private static Json internalListener() {
        return Json.object()
                .put("name", "envoy.bootstrap.internal_listener")
                .put(
                        "typed_config",
                        Json.object().put("@type", INTERNAL_LISTENER).put("buffer_size_kb", 64));
    }

    private static void requireFree(Set<InetSocketAddress> taken, String what, InetSocketAddress address) {
        Values.requireAddress(what, address);
        if (!taken.add(address)) {
            throw new IllegalArgumentException(
                    what + " address " + address.getAddress().getHostAddress() + " port " + address.getPort()
                            + " is already another one's; give each listener a port of its own");
        }
    }
}
