package dev.outrigger.agent.config;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// Every setting of the agent, declared once: flag `--name`, environment variable `OUTRIGGER_NAME`, YAML key
/// `name`. The help, the README's table and `outrigger config` print from here.
public enum Setting {
    CONFIG("config", Shape.PATH, Group.GENERAL, "", "YAML file with settings"),
    PROFILE("profile", Shape.choice("generic", "istio", "dev"), Group.GENERAL, "generic", "set of defaults"),
    WORK_DIR("work-dir", Shape.PATH, Group.GENERAL, "/var/run/outrigger", "folder for sockets and generated files"),
    LOG_LEVEL(
            "log-level",
            Shape.choice("error", "warn", "info", "debug"),
            Group.GENERAL,
            "info",
            "least severe record of the agent that is written; envoy-log-level is Envoy's"),
    LOG_FORMAT(
            "log-format",
            Shape.choice("text", "json"),
            Group.GENERAL,
            "text",
            "form of the agent's and of Envoy's records"),
    STARTUP_TRACE(
            "startup-trace",
            Shape.FLAG,
            Group.GENERAL,
            "false",
            "whether the log says, once ready, how long each step of the start took"),

    CONTROL_PLANE(
            "control-plane",
            Shape.ADDRESS.repeated(),
            Group.CONTROL_PLANE,
            "",
            "xDS control plane; the first that answers is used"),
    CONTROL_PLANE_TLS(
            "control-plane-tls",
            Shape.SWITCH,
            Group.CONTROL_PLANE,
            "on",
            "whether the control plane is asked over TLS"),
    CONTROL_PLANE_ROOTS(
            "control-plane-roots",
            Shape.text("system|identity|PATH"),
            Group.CONTROL_PLANE,
            "system",
            "who may sign the control plane's certificate: the system's roots, the trust bundle of the workload"
                    + " identity, or a PEM file; one that asks for a certificate is shown the identity's, if there is"
                    + " one"),
    CONTROL_PLANE_SERVER_NAME(
            "control-plane-server-name",
            Shape.text("NAME"),
            Group.CONTROL_PLANE,
            "",
            "name its certificate must carry; its host when empty"),
    CONTROL_PLANE_TOKEN(
            "control-plane-token",
            Shape.PATH,
            Group.CONTROL_PLANE,
            "",
            "file with a bearer token, read again for every stream"),
    CONTROL_PLANE_HEADER(
            "control-plane-header",
            Shape.PAIR.repeated(),
            Group.CONTROL_PLANE,
            "",
            "extra request header for the control plane"),
    CONTROL_PLANE_BACKOFF_CAP(
            "control-plane-backoff-cap",
            Shape.DURATION,
            Group.CONTROL_PLANE,
            "800ms",
            "longest pause between two attempts to reach it: with a dial, Envoy is resubscribed within a second of its"
                    + " return; each pause is random, so that a fleet does not come as one"),
    CONTROL_PLANE_RETURN(
            "control-plane-return",
            Shape.DURATION,
            Group.CONTROL_PLANE,
            "1m",
            "how often, on average, is looked whether a control plane before the one in use is back; 0s: never"),
    CONTROL_PLANE_KEEPALIVE(
            "control-plane-keepalive",
            Shape.DURATION,
            Group.CONTROL_PLANE,
            "30s",
            "silence before it is pinged; doubled whenever it complains of too many pings"),
    XDS_SOCKET(
            "xds-socket",
            Shape.PATH,
            Group.CONTROL_PLANE,
            "",
            "Unix socket on which discovery is relayed; <work-dir>/xds.sock when empty"),
    XDS_MODE(
            "xds-mode",
            Shape.choice("delta", "sotw"),
            Group.CONTROL_PLANE,
            "delta",
            "protocol that Envoy is told to speak"),
    XDS_SILENCE_WARNING(
            "xds-silence-warning",
            Shape.DURATION,
            Group.CONTROL_PLANE,
            "30s",
            "how long a subscription may go unanswered by the control plane, a push by Envoy, or a resource may warm in"
                    + " Envoy, before the log and outrigger status warn of it; 0s: never"),
    XDS_SNAPSHOT(
            "xds-snapshot",
            Shape.SWITCH,
            Group.CONTROL_PLANE,
            "on",
            "whether what Envoy accepted is kept in <work-dir>/xds-snapshot and served to a new Envoy while the control"
                    + " plane is away"),
    XDS_SNAPSHOT_MAX_AGE(
            "xds-snapshot-max-age",
            Shape.DURATION,
            Group.CONTROL_PLANE,
            "24h",
            "how long ago the control plane may have answered last for the file to be used at start"),
    XDS_SNAPSHOT_PATIENCE(
            "xds-snapshot-patience",
            Shape.DURATION,
            Group.CONTROL_PLANE,
            "3s",
            "how long a control plane may leave a new Envoy without any answer before that is served what is kept"),
    SOCKET_PERMISSIONS(
            "socket-permissions",
            Shape.text("PERMISSIONS"),
            Group.CONTROL_PLANE,
            "rw-------",
            "mode of both Unix sockets"),
    NODE_ID("node-id", Shape.text("TEXT"), Group.CONTROL_PLANE, "", "xDS node id; the host's name when empty"),
    NODE_CLUSTER("node-cluster", Shape.text("TEXT"), Group.CONTROL_PLANE, "outrigger", "xDS node cluster"),
    NODE_METADATA("node-metadata", Shape.PAIR.repeated(), Group.CONTROL_PLANE, "", "xDS node metadata"),
    NODE_LOCALITY("node-locality", Shape.text("REGION[/ZONE[/SUBZONE]]"), Group.CONTROL_PLANE, "", "xDS node locality"),
    GRPC_BOOTSTRAP(
            "grpc-bootstrap",
            Shape.PATH,
            Group.CONTROL_PLANE,
            "",
            "where the bootstrap for proxyless gRPC is written; <work-dir>/grpc-bootstrap.json when empty"),
    GRPC_LISTENER_TEMPLATE(
            "grpc-listener-template",
            Shape.text("TEMPLATE"),
            Group.CONTROL_PLANE,
            "grpc/server?xds.resource.listening_address=%s",
            "listener a proxyless gRPC server asks for; %s is its address"),

    IDENTITY(
            "identity",
            Shape.choice("auto", "none", "workload-api", "ca", "files", "dev-ca"),
            Group.IDENTITY,
            "auto",
            "where certificates come from; auto: the Workload API when spiffe-socket is set, else the files when"
                    + " identity-cert-file is, else the CA when ca-address is, else none"),
    IDENTITY_ROTATION_SHARE(
            "identity-rotation-share",
            Shape.text("SHARE"),
            Group.IDENTITY,
            "0.5",
            "when a new certificate is fetched, as a share (0.05 to 0.9) of what was left of the last one's life when it"
                    + " came; jittered by a tenth"),
    IDENTITY_TRUST_DOMAIN(
            "identity-trust-domain",
            Shape.text("DOMAIN"),
            Group.IDENTITY,
            "",
            "the only trust domain whose certificates are taken; when empty any, or with a CA the one of spiffe-id"),
    SPIFFE_SOCKET(
            "spiffe-socket",
            Shape.PATH,
            Group.IDENTITY,
            "",
            "Unix socket of the SPIFFE Workload API; SPIFFE_ENDPOINT_SOCKET is honoured"),
    SPIFFE_HINT(
            "spiffe-hint",
            Shape.text("HINT"),
            Group.IDENTITY,
            "",
            "which of several SVIDs of the Workload API to take; the first when empty"),
    SPIFFE_DENIED(
            "spiffe-denied",
            Shape.choice("keep", "drop"),
            Group.IDENTITY,
            "keep",
            "what becomes of the identity when the Workload API says that the workload has none any more: kept until it"
                    + " expires, with an alarm, or given up"),
    SPIFFE_ID(
            "spiffe-id",
            Shape.text("SPIFFE-ID"),
            Group.IDENTITY,
            "",
            "identity that the CA is asked for or that the dev CA issues"),
    CA_ADDRESS(
            "ca-address",
            Shape.ADDRESS,
            Group.IDENTITY,
            "",
            "certificate authority that signs requests (istio.v1.auth.IstioCertificateService)"),
    CA_TLS("ca-tls", Shape.SWITCH, Group.IDENTITY, "on", "whether the CA is asked over TLS"),
    CA_ROOTS(
            "ca-roots",
            Shape.text("system|PATH"),
            Group.IDENTITY,
            "system",
            "who may sign the certificate of the CA's server; a PEM file is read again for every request"),
    CA_SERVER_NAME(
            "ca-server-name",
            Shape.text("NAME"),
            Group.IDENTITY,
            "",
            "name that certificate must carry; the CA's host when empty"),
    CA_TOKEN(
            "ca-token",
            Shape.PATH,
            Group.IDENTITY,
            "",
            "file with a bearer token for the CA, read again for every request"),
    CA_HEADER("ca-header", Shape.PAIR.repeated(), Group.IDENTITY, "", "extra request header for the CA"),
    CA_SIGNER("ca-signer", Shape.text("NAME"), Group.IDENTITY, "", "signer that the CA is asked to use (CertSigner)"),
    CA_TIMEOUT("ca-timeout", Shape.DURATION, Group.IDENTITY, "10s", "limit of one request to the CA"),
    IDENTITY_KEY(
            "identity-key",
            Shape.choice("ecdsa-p256", "ecdsa-p384", "rsa-2048", "rsa-3072", "rsa-4096"),
            Group.IDENTITY,
            "ecdsa-p256",
            "key that is made for each request to the CA"),
    IDENTITY_CERT_FILE(
            "identity-cert-file",
            Shape.PATH,
            Group.IDENTITY,
            "",
            "PEM file with the certificate and its intermediates, followed as a kubelet swaps it"),
    IDENTITY_KEY_FILE(
            "identity-key-file",
            Shape.PATH,
            Group.IDENTITY,
            "",
            "PEM file with its private key (PKCS#8, PKCS#1 or SEC 1, not encrypted)"),
    IDENTITY_BUNDLE_FILE(
            "identity-bundle-file",
            Shape.PATH,
            Group.IDENTITY,
            "",
            "PEM file with the roots of the trust domain; with a CA in place of those that it sends"),
    DEV_CA_DIR("dev-ca-dir", Shape.PATH, Group.IDENTITY, "", "where the dev CA keeps its root; memory when empty"),
    IDENTITY_LIFETIME(
            "identity-lifetime",
            Shape.DURATION,
            Group.IDENTITY,
            "24h",
            "validity that the CA is asked for, or that the dev CA gives"),
    SDS_SOCKET(
            "sds-socket",
            Shape.PATH,
            Group.IDENTITY,
            "",
            "Unix socket on which secrets are served; <work-dir>/sds.sock when empty"),
    SDS_DEFAULT_NAME(
            "sds-default-name",
            Shape.text("NAME"),
            Group.IDENTITY,
            "default",
            "secret that carries certificate and key; the SPIFFE ID always does, too"),
    SDS_ROOT_NAME(
            "sds-root-name",
            Shape.text("NAME"),
            Group.IDENTITY,
            "ROOTCA",
            "secret that carries the own trust bundle; spiffe://DOMAIN always does, too, also of federated domains"),
    SDS_ALL_NAME(
            "sds-all-name",
            Shape.text("NAME"),
            Group.IDENTITY,
            "ALL",
            "secret that carries the bundles of all trust domains for Envoy's SPIFFE validator; the value of sds-root-name"
                    + " (ROOTCA) lets federated peers in wherever that is used"),
    SDS_TRUST(
            "sds-trust",
            Shape.choice("ca", "spiffe"),
            Group.IDENTITY,
            "ca",
            "form of the trust bundles under the other names: plain roots, or Envoy's SPIFFE validator, which lets a root"
                    + " sign for its own trust domain only"),
    GRPC_CREDENTIALS(
            "grpc-credentials",
            Shape.SWITCH,
            Group.IDENTITY,
            "off",
            "whether certificate, private key and roots are kept in files (see credentials-dir) and named in the bootstrap"
                    + " for proxyless gRPC"),
    CREDENTIALS_DIR(
            "credentials-dir",
            Shape.PATH,
            Group.IDENTITY,
            "",
            "folder in which cert-chain.pem, key.pem and roots.pem are kept, replaced together; when empty there are none,"
                    + " or with grpc-credentials they are in <work-dir>/workload-credentials"),
    CREDENTIALS_KEY_PERMISSIONS(
            "credentials-key-permissions",
            Shape.text("PERMISSIONS"),
            Group.IDENTITY,
            "rw-------",
            "mode of key.pem; the other two are rw-r--r--"),
    JWT_FILE(
            "jwt-file",
            Shape.text("AUDIENCE=PATH").repeated(),
            Group.IDENTITY,
            "",
            "file in which a JWT-SVID for an audience is kept, replaced at half of its life; for the owner only; needs a"
                    + " Workload API"),

    DNS_ADDRESS(
            "dns-address",
            Shape.ADDRESS.repeated(),
            Group.DNS,
            "127.0.0.1:15053",
            "where DNS is answered, UDP and TCP"),
    NO_DNS("no-dns", Shape.FLAG, Group.DNS, "false", "no DNS proxy"),
    NAME_TABLE(
            "name-table",
            Shape.SWITCH,
            Group.DNS,
            "off",
            "whether names are asked of the control plane (Istio's NameTable)"),
    DNS_BEFORE_TABLE(
            "dns-before-table",
            Shape.choice("wait", "fail"),
            Group.DNS,
            "wait",
            "what names of the mesh do until the first name table comes: wait for it, dns-timeout long, or fail at once"),
    DNS_STATIC_NAME(
            "dns-static-name",
            Shape.text("NAME=ADDRESS").repeated(),
            Group.DNS,
            "",
            "name that is answered whatever the control plane says; a name given again has all its addresses"),
    DNS_DOMAIN("dns-domain", Shape.text("DOMAIN"), Group.DNS, "cluster.local", "domain of the mesh's own names"),
    DNS_NAMESPACE("dns-namespace", Shape.text("NAMESPACE"), Group.DNS, "default", "namespace short names belong to"),
    DNS_TTL("dns-ttl", Shape.DURATION, Group.DNS, "30s", "time to live of the mesh's own names"),
    DNS_NAMESERVER(
            "dns-nameserver", Shape.ADDRESS.repeated(), Group.DNS, "", "where the rest goes; resolv.conf's when empty"),
    DNS_TIMEOUT(
            "dns-timeout",
            Shape.DURATION,
            Group.DNS,
            "2s",
            "limit of one attempt at one nameserver; the next one is asked after a quarter of it at the latest"),
    DNS_CACHE("dns-cache", Shape.NUMBER, Group.DNS, "4096", "replies of nameservers that are kept; 0: none"),
    DNS_MAX_STALE(
            "dns-max-stale",
            Shape.DURATION,
            Group.DNS,
            "24h",
            "how long a kept reply is given after its time while no nameserver answers; 0s: never"),
    DNS_RANDOM_CASE(
            "dns-random-case",
            Shape.SWITCH,
            Group.DNS,
            "off",
            "whether letters go to nameservers in random case, and replies must have the same, against forgery"),
    DNS_TLS(
            "dns-tls",
            Shape.choice("off", "opportunistic", "strict"),
            Group.DNS,
            "off",
            "whether nameservers are asked over TLS: never; when they can, whoever they are; or always, with their"
                    + " certificates checked. Port 853 in the place of 53"),
    DNS_TLS_SERVER_NAME(
            "dns-tls-server-name",
            Shape.text("NAME"),
            Group.DNS,
            "",
            "name that the nameservers' certificates must carry; their address when empty"),
    DNS_TLS_ROOTS(
            "dns-tls-roots",
            Shape.PATH,
            Group.DNS,
            "",
            "PEM file of who may sign those certificates; the system's roots when empty"),
    RESOLV_CONF("resolv-conf", Shape.PATH, Group.DNS, "/etc/resolv.conf", "the system's resolver configuration"),
    DNS_CONNECTIONS(
            "dns-connections",
            Shape.NUMBER,
            Group.DNS,
            "256",
            "TCP clients at once; the one that was silent longest makes room for another"),
    DNS_IDLE_TIMEOUT("dns-idle-timeout", Shape.DURATION, Group.DNS, "30s", "how long a TCP client may be silent"),
    DNS_UDP_SOCKETS(
            "dns-udp-sockets",
            Shape.NUMBER,
            Group.DNS,
            "0",
            "UDP sockets that share each address, at most 2; 0: 2 where there are 4 processors or more, else 1"),
    DNS_QUERY_LOG(
            "dns-query-log", Shape.NUMBER, Group.DNS, "0", "one of so many queries is written to the log; 0: none"),

    NO_ENVOY(
            "no-envoy", Shape.FLAG, Group.ENVOY, "false", "do not run Envoy (proxyless gRPC, or an Envoy of your own)"),
    ENVOY_PATH("envoy-path", Shape.PATH, Group.ENVOY, "", "Envoy's executable; envoy on PATH when empty"),
    ADMIN_ADDRESS("admin-address", Shape.ADDRESS, Group.ENVOY, "127.0.0.1:15000", "Envoy's admin interface"),
    READINESS_ADDRESS("readiness-address", Shape.ADDRESS, Group.ENVOY, "0.0.0.0:15021", "readiness through Envoy"),
    STATS_ADDRESS("stats-address", Shape.ADDRESS, Group.ENVOY, "0.0.0.0:15090", "Envoy's own metrics"),
    ENVOY_CONCURRENCY(
            "envoy-concurrency",
            Shape.NUMBER,
            Group.ENVOY,
            "0",
            "Envoy's worker threads; 0: as many as the CPU limit of the container leaves, or as cores without one"),
    ENVOY_HEAP_LIMIT(
            "envoy-heap-limit",
            Shape.text("auto|off|SIZE"),
            Group.ENVOY,
            "auto",
            "heap near which Envoy refuses requests rather than be killed, for example 512Mi; auto: what the memory limit"
                    + " of the container leaves, none without one"),
    ENVOY_LOG_LEVEL(
            "envoy-log-level",
            Shape.choice("trace", "debug", "info", "warning", "error", "critical", "off"),
            Group.ENVOY,
            "warning",
            "least severe record Envoy writes"),
    ENVOY_ARGUMENT("envoy-argument", Shape.text("TEXT").repeated(), Group.ENVOY, "", "further argument for Envoy"),
    ENVOY_RESTARTS("envoy-restarts", Shape.NUMBER, Group.ENVOY, "5", "crashes within the window that are healed"),
    ENVOY_RESTART_WINDOW("envoy-restart-window", Shape.DURATION, Group.ENVOY, "5m", "window of envoy-restarts"),
    CRASH_DIR(
            "crash-dir",
            Shape.PATH,
            Group.ENVOY,
            "",
            "where a folder is kept for each crash of Envoy; <work-dir>/crashes when empty"),
    CRASH_KEEP("crash-keep", Shape.NUMBER, Group.ENVOY, "5", "crashes that are kept, the last ones; 0: none"),

    APPLICATION_WAIT(
            "application-wait",
            Shape.DURATION,
            Group.APPLICATION,
            "2m",
            "how long the application waits for readiness before the agent gives up; 0s: it is started at once"),
    APPLICATION_STOP(
            "application-stop",
            Shape.DURATION,
            Group.APPLICATION,
            "20s",
            "how long it may take to end after SIGTERM before it is killed"),

    STATUS_ADDRESS("status-address", Shape.ADDRESS, Group.STATUS, "0.0.0.0:15020", "probes and the merged scrape"),
    APPLICATION_METRICS(
            "application-metrics", Shape.URI.repeated(), Group.STATUS, "", "metrics of the application, to be merged"),
    SCRAPE_TIMEOUT("scrape-timeout", Shape.DURATION, Group.STATUS, "5s", "limit of one source of the merged scrape"),
    SCRAPE_INCLUDE(
            "scrape-include",
            Shape.text("REGEX").repeated(),
            Group.STATUS,
            "",
            "show only families whose whole name one of these expressions matches, counters with their _total; all when empty"),
    SCRAPE_EXCLUDE(
            "scrape-exclude",
            Shape.text("REGEX").repeated(),
            Group.STATUS,
            "",
            "show no family whose whole name one of these matches, whatever scrape-include says"),
    SCRAPE_LABELS(
            "scrape-labels",
            Shape.text("NAME").repeated(),
            Group.STATUS,
            "",
            "show no other labels than these, le and quantile; series that become the same are added up; all when empty"),
    SCRAPE_CONTINUITY(
            "scrape-continuity",
            Shape.SWITCH,
            Group.STATUS,
            "on",
            "whether Envoy's counters and histograms go on from what was shown last when Envoy is restarted (not in protobuf)"),

    OTLP_ENDPOINT(
            "otlp-endpoint",
            Shape.URI,
            Group.STATUS,
            "",
            "where all metrics are sent to by OTLP (HTTP, protobuf), for example http://HOST:4318/v1/metrics; nowhere when"
                    + " empty. OTEL_EXPORTER_OTLP_METRICS_ENDPOINT and the other variables of OpenTelemetry are honoured"),
    OTLP_ROOTS(
            "otlp-roots",
            Shape.text("system|PATH"),
            Group.STATUS,
            "system",
            "who may sign the certificate of an https endpoint; a PEM file is read again for every request"),
    OTLP_CLIENT_CERT(
            "otlp-client-cert",
            Shape.PATH,
            Group.STATUS,
            "",
            "what an https endpoint is shown of this agent; a PEM file, the leaf first, that is read again for every"
                    + " request"),
    OTLP_CLIENT_KEY(
            "otlp-client-key",
            Shape.PATH,
            Group.STATUS,
            "",
            "the key of otlp-client-cert; a PEM file with PKCS#8 and no passphrase"),
    OTLP_HEADER("otlp-header", Shape.PAIR.repeated(), Group.STATUS, "", "header of each such request"),
    OTLP_RESOURCE(
            "otlp-resource",
            Shape.PAIR.repeated(),
            Group.STATUS,
            "",
            "attribute of what the metrics are of; service.name is outrigger unless given"),
    OTLP_INTERVAL(
            "otlp-interval",
            Shape.DURATION,
            Group.STATUS,
            "60s",
            "from one export to the next; the last is sent when the agent ends"),
    OTLP_TIMEOUT("otlp-timeout", Shape.DURATION, Group.STATUS, "10s", "limit of all requests of one export together"),

    READY_GATES(
            "ready-gates",
            Shape.text("CONDITION").repeated(),
            Group.HEALTH,
            "",
            "conditions without which it is not ready, instead of the usual ones (envoy, and with name-table dns;"
                    + " credentials and jwt-files, where they are in use): envoy, dns, xds, config, identity,"
                    + " credentials, jwt-files, application"),
    READY_WITHOUT_CONTROL_PLANE(
            "ready-without-control-plane",
            Shape.DURATION,
            Group.HEALTH,
            "0s",
            "how long it stays ready while no control plane answers; 0s: for ever, unless ready-gates names xds"),
    APP_PROBES(
            "app-probes",
            Shape.text("JSON"),
            Group.HEALTH,
            "",
            "probes of the application that are passed on, by path: {\"/app-health/NAME/readyz\": {\"httpGet\": {\"path\":"
                    + " \"/\", \"port\": 8080}, \"timeoutSeconds\": 1}}, or tcpSocket, or grpc; ISTIO_KUBE_APP_PROBERS is"
                    + " honoured"),
    APP_PROBE_HOST(
            "app-probe-host",
            Shape.text("HOST"),
            Group.HEALTH,
            "",
            "where the application's probes go; 127.0.0.1 when empty, with the profile istio the pod's address"),
    HEALTH_CHECK(
            "health-check",
            Shape.text("URL"),
            Group.HEALTH,
            "",
            "how the agent itself watches the application where no platform does, and tells the control plane of each"
                    + " change: http://HOST:PORT/PATH, https, tcp://HOST:PORT, grpc://HOST:PORT/SERVICE, exec:COMMAND"),
    HEALTH_CHECK_DELAY("health-check-delay", Shape.DURATION, Group.HEALTH, "0s", "before the first look"),
    HEALTH_CHECK_PERIOD("health-check-period", Shape.DURATION, Group.HEALTH, "10s", "between two looks"),
    HEALTH_CHECK_TIMEOUT("health-check-timeout", Shape.DURATION, Group.HEALTH, "1s", "limit of one look"),
    HEALTH_CHECK_FAILURES(
            "health-check-failures", Shape.NUMBER, Group.HEALTH, "1", "failures in a row after which it is not well"),
    HEALTH_CHECK_SUCCESSES(
            "health-check-successes", Shape.NUMBER, Group.HEALTH, "1", "successes in a row after which it is well"),

    DRAIN_MIN(
            "drain-min",
            Shape.DURATION,
            Group.DRAIN,
            "0s",
            "shortest drain before Envoy is stopped; as long as it takes others to learn that this workload leaves"),
    DRAIN_QUIET(
            "drain-quiet",
            Shape.DURATION,
            Group.DRAIN,
            "500ms",
            "time without any request or TCP connection, old or new, that ends the drain"),
    DRAIN_MAX("drain-max", Shape.DURATION, Group.DRAIN, "30s", "longest drain; less than the platform's grace period"),
    DRAIN_TARGET(
            "drain-target",
            Shape.NUMBER,
            Group.DRAIN,
            "0",
            "inbound requests and TCP connections in flight with which the drain may end"),
    DRAIN_LISTENERS(
            "drain-listeners",
            Shape.choice("auto", "inbound", "all"),
            Group.DRAIN,
            "auto",
            "listeners that are drained: those with traffic_direction INBOUND, or all (a gateway); auto: the inbound ones,"
                    + " or all when no listener has a direction"),
    DRAIN_OUTBOUND(
            "drain-outbound",
            Shape.choice("await", "ignore"),
            Group.DRAIN,
            "await",
            "whether requests on the other listeners hold the end as inbound ones do, so that the application can finish; idle"
                    + " connections never do");

    static final String PREFIX = "OUTRIGGER_";

    private static final Map<String, Setting> BY_KEY = new HashMap<>();

    static {
        for (var setting : values()) {
            BY_KEY.put(setting.key, setting);
        }
    }

    private final String key;
    private final Shape shape;
    private final Group group;
    private final String fallback;
    private final String help;

    Setting(String key, Shape shape, Group group, String fallback, String help) {
        this.key = key;
        this.shape = shape;
        this.group = group;
        this.fallback = fallback;
        this.help = help;
    }

    /// Name in YAML, and behind `--` as a flag.
    public String key() {
        return key;
    }

    /// `--key`.
    public String flag() {
        return "--" + key;
    }

    /// `OUTRIGGER_KEY`. Values of a repeatable setting are separated by commas there.
    public String variable() {
        return PREFIX + name();
    }

    /// How a value is written.
    public Shape shape() {
        return shape;
    }

    /// Headline.
    public Group group() {
        return group;
    }

    /// Value without a profile; empty when there is none.
    public String fallback() {
        return fallback;
    }

    /// One sentence.
    public String help() {
        return help;
    }

    /// Whether its value must never be shown.
    public boolean isSecret() {
        return this == CONTROL_PLANE_HEADER || this == CA_HEADER || this == OTLP_HEADER;
    }

    /// Finds a setting by its YAML key.
    static Optional<Setting> byKey(String key) {
        return Optional.ofNullable(BY_KEY.get(key));
    }

    /// Finds a setting by its environment variable.
    static Optional<Setting> byVariable(String variable) {
        var name = variable.startsWith(PREFIX) ? variable.substring(PREFIX.length()) : "";
        for (var setting : BY_KEY.values()) {
            if (setting.name().equals(name)) {
                return Optional.of(setting);
            }
        }
        return Optional.empty();
    }
}
