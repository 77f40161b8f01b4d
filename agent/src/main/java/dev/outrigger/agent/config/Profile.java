package dev.outrigger.agent.config;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Defaults for a kind of mesh. Profiles are data: nothing outside this package asks which one is on.
enum Profile {
    /// Any xDS control plane.
    GENERIC(Map.of(), Map.of()),
    /// The places where Istio's injector puts things.
    ISTIO(
            Map.ofEntries(
                    Map.entry(Setting.CONTROL_PLANE, "istiod.istio-system.svc:15012"),
                    Map.entry(Setting.CONTROL_PLANE_ROOTS, "/var/run/secrets/istio/root-cert.pem"),
                    Map.entry(Setting.CONTROL_PLANE_TOKEN, "/var/run/secrets/tokens/istio-token"),
                    Map.entry(Setting.CA_ADDRESS, "istiod.istio-system.svc:15012"),
                    Map.entry(Setting.CA_ROOTS, "/var/run/secrets/istio/root-cert.pem"),
                    Map.entry(Setting.CA_TOKEN, "/var/run/secrets/tokens/istio-token"),
                    Map.entry(Setting.WORK_DIR, "/etc/istio/proxy"),
                    Map.entry(Setting.XDS_SOCKET, "/etc/istio/proxy/XDS"),
                    Map.entry(Setting.SDS_SOCKET, "/var/run/secrets/workload-spiffe-uds/socket"),
                    Map.entry(Setting.GRPC_BOOTSTRAP, "/etc/istio/proxy/grpc-bootstrap.json"),
                    Map.entry(Setting.GRPC_LISTENER_TEMPLATE, "xds.istio.io/grpc/lds/inbound/%s"),
                    Map.entry(Setting.NODE_CLUSTER, "istio-proxy"),
                    Map.entry(Setting.NAME_TABLE, "on")),
            Map.of("GENERATOR", "grpc")),
    /// Everything on loopback, certificates from the agent itself.
    DEV(
            Map.of(
                    Setting.CONTROL_PLANE_TLS, "off",
                    Setting.IDENTITY, "dev-ca",
                    Setting.STATUS_ADDRESS, "127.0.0.1:15020",
                    Setting.READINESS_ADDRESS, "127.0.0.1:15021",
                    Setting.STATS_ADDRESS, "127.0.0.1:15090",
                    Setting.ENVOY_CONCURRENCY, "2",
                    Setting.NAME_TABLE, "on",
                    Setting.DRAIN_MAX, "5s"),
            Map.of());

    private static final String META = "ISTIO_META_";
    /// Variables of the environment, and the fields of istiod's node metadata.
    private static final Map<String, String> POD = Map.of(
            "POD_NAME", "NAME",
            "POD_NAMESPACE", "NAMESPACE",
            "SERVICE_ACCOUNT", "SERVICE_ACCOUNT",
            "INSTANCE_IP", "INSTANCE_IPS");

    @SuppressWarnings("ImmutableEnumChecker") // Map.of
    private final Map<Setting, String> defaults;

    @SuppressWarnings("ImmutableEnumChecker") // Map.of
    private final Map<String, String> grpcMetadata;

    Profile(Map<Setting, String> defaults, Map<String, String> grpcMetadata) {
        this.defaults = defaults;
        this.grpcMetadata = grpcMetadata;
    }

    /// The value of a setting that nobody gave.
    SettingValue fallback(Setting setting) {
        var own = defaults.get(setting);
        return own == null
                ? SettingValue.of(setting.fallback(), SettingValue.DEFAULT)
                : SettingValue.of(own, "profile " + name().toLowerCase(java.util.Locale.ROOT));
    }

    /// What the control plane must find in the metadata of a proxyless gRPC client or server, and not in Envoy's.
    Map<String, String> grpcMetadata() {
        return grpcMetadata;
    }

    /// The node id of a workload that was given none.
    ///
    /// @param domain the mesh's own domain, for example `cluster.local`
    String nodeId(Machine machine, String domain) {
        if (this != ISTIO) {
            return machine.hostName();
        }
        var environment = machine.environment();
        var namespace = environment.getOrDefault("POD_NAMESPACE", "default");
        return "sidecar~" + environment.getOrDefault("INSTANCE_IP", "127.0.0.1") + "~"
                + environment.getOrDefault("POD_NAME", machine.hostName()) + "." + namespace + "~" + namespace + ".svc."
                + domain;
    }

    /// What the control plane is told of the workload beside its id: of Istio's the pod, as its fields are named there,
    /// and every ISTIO_META_NAME of the environment as NAME.
    Map<String, String> nodeMetadata(Machine machine) {
        if (this != ISTIO) {
            return Map.of();
        }
        var metadata = new TreeMap<String, String>();
        var environment = machine.environment();
        environment.forEach((name, value) -> {
            if (name.startsWith(META)) {
                metadata.put(name.substring(META.length()), value);
            }
        });
        POD.forEach((name, field) -> {
            var value = environment.get(name);
            if (value != null) {
                metadata.put(field, value);
            }
        });
        return metadata;
    }

    /// Where the application is asked how it is.
    String applicationHost(Machine machine) {
        return this == ISTIO ? machine.environment().getOrDefault("INSTANCE_IP", "127.0.0.1") : "127.0.0.1";
    }

    /// The identity that a workload asks a CA for when it was given none.
    Optional<String> spiffeId(Machine machine) {
        if (this != ISTIO) {
            return Optional.empty();
        }
        var environment = machine.environment();
        return Optional.of("spiffe://" + environment.getOrDefault("TRUST_DOMAIN", "cluster.local") + "/ns/"
                + environment.getOrDefault("POD_NAMESPACE", "default") + "/sa/"
                + environment.getOrDefault("SERVICE_ACCOUNT", "default"));
    }

    /// What the control plane and the CA must find in the headers of a request: istiod reviews tokens by the cluster.
    Map<String, String> headers(Machine machine) {
        return this == ISTIO
                ? Map.of("clusterid", machine.environment().getOrDefault("ISTIO_META_CLUSTER_ID", "Kubernetes"))
                : Map.of();
    }
}
