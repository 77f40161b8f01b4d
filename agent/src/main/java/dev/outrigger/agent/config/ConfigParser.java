package dev.outrigger.agent.config;

import dev.outrigger.agent.application.ApplicationConfig;
import dev.outrigger.agent.envoy.DrainConfig;
import dev.outrigger.agent.http.LocalHttp;
import dev.outrigger.agent.log.LogFormat;
import dev.outrigger.agent.status.StatusConfig;
import dev.outrigger.bootstrap.CertificateFiles;
import dev.outrigger.bootstrap.EnvoyBootstrap;
import dev.outrigger.bootstrap.GrpcBootstrap;
import dev.outrigger.bootstrap.Node;
import dev.outrigger.bootstrap.XdsProtocol;
import dev.outrigger.dns.DnsConfig;
import dev.outrigger.sds.IdentityConfig;
import dev.outrigger.sds.SdsConfig;
import dev.outrigger.stats.OtlpConfig;
import dev.outrigger.stats.StatsConfig;
import dev.outrigger.xds.Backoff;
import dev.outrigger.xds.Keepalive;
import dev.outrigger.xds.Roots;
import dev.outrigger.xds.SnapshotConfig;
import dev.outrigger.xds.UpstreamSecurity;
import dev.outrigger.xds.XdsConfig;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/// Turns settings into the tree of values, or into every problem at once.
public final class ConfigParser {
    private static final Duration BACKOFF_BASE = Duration.ofMillis(100);
    private static final Duration KEEPALIVE_TIMEOUT = Duration.ofSeconds(10);
    /// Short beside the life of any certificate, and cheap: three files of some kilobytes.
    private static final Duration CREDENTIALS_REFRESH = Duration.ofSeconds(5);
    private static final Duration FOR_EVER = Duration.ZERO;
    private static final int SOCKET_PATH_BYTES = 107;

    private final Reader read;
    private final Machine machine;
    private final EnvoySettings envoy;
    private final Path workDir;
    private final Path xdsSocket;
    private final Path sdsSocket;

    private ConfigParser(Settings settings, Machine machine) {
        this.read = new Reader(settings);
        this.machine = machine;
        this.workDir = read.path(Setting.WORK_DIR, Path.of("."));
        this.envoy = new EnvoySettings(read, machine, workDir);
        this.xdsSocket = socket(Setting.XDS_SOCKET, "xds.sock");
        this.sdsSocket = socket(Setting.SDS_SOCKET, "sds.sock");
    }

    /// For an agent that is to run: a control plane must be named and an Envoy be found.
    ///
    /// @throws ConfigException with every problem
    public static AgentConfig forRun(Settings settings, Machine machine) throws ConfigException {
        var parser = new ConfigParser(settings, machine);
        parser.requireControlPlane();
        parser.envoy.require();
        return parser.parse();
    }

    /// For printing only: no control plane and no Envoy need to be there.
    ///
    /// @throws ConfigException with every problem
    public static Bootstraps bootstraps(Settings settings, Machine machine) throws ConfigException {
        var parser = new ConfigParser(settings, machine);
        return parser.read.orProblems(parser::bootstraps, List.of(parser::bootstraps));
    }

    private AgentConfig parse() throws ConfigException {
        List<Supplier<?>> parts = List.of(
                this::log,
                this::status,
                this::health,
                this::identity,
                this::sds,
                this::credentials,
                this::xds,
                this::dns,
                this::stats,
                this::otlp,
                envoy::config,
                envoy::crash,
                this::application,
                this::bootstraps,
                this::drain);
        return read.orProblems(this::whole, parts);
    }

    private AgentConfig whole() {
        var dns = dns(); // also where they are off: a wrong setting is one
        var envoys = envoy.config();
        return new AgentConfig(
                workDir,
                log(),
                status(),
                health(),
                identity(),
                sds(),
                credentials(),
                xds(),
                read.isOn(Setting.NAME_TABLE) && !read.isOn(Setting.NO_DNS),
                read.isOn(Setting.NO_DNS) ? Optional.empty() : Optional.of(dns),
                stats(),
                otlp(),
                read.isOn(Setting.NO_ENVOY) ? Optional.empty() : Optional.of(envoys),
                envoy.crash(),
                application(),
                bootstraps(),
                drain(),
                machine.serviceManager());
    }

    private StatusConfig status() {
        return new StatusConfig(read.address(Setting.STATUS_ADDRESS));
    }

    private HealthConfig health() {
        return new HealthSettings(read, machine).config();
    }

    private SdsConfig sds() {
        return new SdsConfig(
                sdsSocket,
                read.text(Setting.SOCKET_PERMISSIONS),
                read.text(Setting.SDS_DEFAULT_NAME),
                read.text(Setting.SDS_ROOT_NAME),
                read.text(Setting.SDS_ALL_NAME),
                SdsConfig.Trust.valueOf(read.text(Setting.SDS_TRUST).toUpperCase(Locale.ROOT)));
    }

    private CredentialsConfig credentials() {
        var permissions = read.text(Setting.CREDENTIALS_KEY_PERMISSIONS);
        if (!permissions.matches("([r-][w-][x-]){3}")) {
            read.problem(Setting.CREDENTIALS_KEY_PERMISSIONS, "no permissions; write them as ls does: rw-r-----");
        }
        var tokens = new LinkedHashMap<String, Path>();
        read.pairs(Setting.JWT_FILE).forEach((audience, file) -> {
            if (file.isEmpty()) {
                read.problem(Setting.JWT_FILE, "names no file; write AUDIENCE=PATH");
            }
            tokens.put(audience, Path.of(file).toAbsolutePath());
        });
        if (!tokens.isEmpty() && !(identity() instanceof IdentityConfig.WorkloadApi)) {
            read.problem(
                    Setting.JWT_FILE,
                    "only a SPIFFE Workload API has JWT-SVIDs; set --identity workload-api and --spiffe-socket");
        }
        return new CredentialsConfig(certificateFiles(), permissions, tokens);
    }

    private Bootstraps bootstraps() {
        return new Bootstraps(
                envoyBootstrap(),
                new GrpcBootstrap(
                        xdsSocket.toAbsolutePath(),
                        node(read.profile().grpcMetadata()),
                        read.text(Setting.GRPC_LISTENER_TEMPLATE),
                        read.isOn(Setting.GRPC_CREDENTIALS) ? certificateFiles() : Optional.empty()),
                read.path(Setting.GRPC_BOOTSTRAP, workDir.resolve("grpc-bootstrap.json")));
    }

    private void requireControlPlane() {
        if (read.texts(Setting.CONTROL_PLANE).isEmpty()) {
            read.problem("control-plane: not set; give --control-plane HOST:PORT, OUTRIGGER_CONTROL_PLANE or the YAML"
                    + " key control-plane");
        }
    }

    private Path socket(Setting setting, String name) {
        var path = read.path(setting, workDir.resolve(name));
        if (path.toAbsolutePath().toString().getBytes(java.nio.charset.StandardCharsets.UTF_8).length
                > SOCKET_PATH_BYTES) {
            read.problem(setting.key() + ": " + path.toAbsolutePath() + " is longer than the " + SOCKET_PATH_BYTES
                    + " bytes a Unix socket may have; set a shorter " + setting.flag() + " or --work-dir");
            return Path.of(name);
        }
        return path;
    }

    private EnvoyBootstrap envoyBootstrap() {
        return new EnvoyBootstrap(
                node(Map.of()),
                read.text(Setting.XDS_MODE).equals("sotw") ? XdsProtocol.SOTW : XdsProtocol.DELTA,
                xdsSocket.toAbsolutePath(),
                sdsSocket.toAbsolutePath(),
                FOR_EVER,
                read.address(Setting.ADMIN_ADDRESS),
                LocalHttp.reachable(read.address(Setting.STATUS_ADDRESS)),
                Optional.of(read.address(Setting.READINESS_ADDRESS)),
                Optional.of(read.address(Setting.STATS_ADDRESS)),
                envoy.heap());
    }

    private Optional<CertificateFiles> certificateFiles() {
        var given = read.path(Setting.CREDENTIALS_DIR);
        if (given.isEmpty() && !read.isOn(Setting.GRPC_CREDENTIALS)) {
            return Optional.empty();
        }
        if (identity() instanceof IdentityConfig.None) {
            read.problem(
                    given.isEmpty() ? Setting.GRPC_CREDENTIALS : Setting.CREDENTIALS_DIR,
                    "there is no identity to write; set --spiffe-socket or --identity");
        }
        var folder = given.orElse(workDir.resolve("workload-credentials")).toAbsolutePath();
        return Optional.of(new CertificateFiles(
                folder.resolve("cert-chain.pem"),
                folder.resolve("key.pem"),
                folder.resolve("roots.pem"),
                CREDENTIALS_REFRESH));
    }

    /// @param extra metadata; what the settings say wins
    private Node node(Map<String, String> extra) {
        var metadata = new LinkedHashMap<>(read.profile().nodeMetadata(machine));
        metadata.putAll(extra);
        metadata.putAll(read.pairs(Setting.NODE_METADATA));
        var id = read.text(Setting.NODE_ID);
        return new Node(
                id.isEmpty() ? read.profile().nodeId(machine, read.text(Setting.DNS_DOMAIN)) : id,
                read.text(Setting.NODE_CLUSTER),
                locality(),
                metadata);
    }

    private Node.Locality locality() {
        var parts = read.text(Setting.NODE_LOCALITY).split("/", -1);
        if (parts.length > 3) {
            read.problem(Setting.NODE_LOCALITY, "has more than three parts; write REGION/ZONE/SUBZONE");
        }
        return new Node.Locality(parts[0], parts.length > 1 ? parts[1] : "", parts.length > 2 ? parts[2] : "");
    }

    private LogConfig log() {
        var level = read.text(Setting.LOG_LEVEL).toUpperCase(Locale.ROOT);
        return new LogConfig(
                System.Logger.Level.valueOf(level.equals("WARN") ? "WARNING" : level),
                LogFormat.valueOf(read.text(Setting.LOG_FORMAT).toUpperCase(Locale.ROOT)),
                read.isOn(Setting.STARTUP_TRACE));
    }

    private IdentityConfig identity() {
        return new IdentitySettings(read, machine).config();
    }

    private XdsConfig xds() {
        return new XdsConfig(
                xdsSocket,
                read.text(Setting.SOCKET_PERMISSIONS),
                controlPlanes(),
                security(),
                read.path(Setting.CONTROL_PLANE_TOKEN),
                read.headers(Setting.CONTROL_PLANE_HEADER, machine),
                new Backoff(BACKOFF_BASE, read.duration(Setting.CONTROL_PLANE_BACKOFF_CAP)),
                read.duration(Setting.CONTROL_PLANE_RETURN),
                new Keepalive(read.duration(Setting.CONTROL_PLANE_KEEPALIVE), KEEPALIVE_TIMEOUT),
                read.duration(Setting.XDS_SILENCE_WARNING),
                snapshot());
    }

    private Optional<SnapshotConfig> snapshot() {
        if (!read.isOn(Setting.XDS_SNAPSHOT)) {
            return Optional.empty();
        }
        return Optional.of(new SnapshotConfig(
                workDir.resolve("xds-snapshot"),
                read.duration(Setting.XDS_SNAPSHOT_MAX_AGE),
                read.duration(Setting.XDS_SNAPSHOT_PATIENCE),
                node(Map.of()).id()));
    }

    /// One that stands in where none was given, which is a problem only for an agent that is to run.
    private List<InetSocketAddress> controlPlanes() {
        var given = read.addresses(Setting.CONTROL_PLANE);
        return given.isEmpty() ? List.of(InetSocketAddress.createUnresolved("missing", 1)) : given;
    }

    private UpstreamSecurity security() {
        if (!read.isOn(Setting.CONTROL_PLANE_TLS)) {
            return new UpstreamSecurity.Plaintext();
        }
        var name = read.text(Setting.CONTROL_PLANE_SERVER_NAME);
        Roots roots = switch (read.text(Setting.CONTROL_PLANE_ROOTS)) {
            case "system" -> new Roots.SystemDefault();
            case "identity" -> new Roots.Identity();
            default -> new Roots.File(read.path(Setting.CONTROL_PLANE_ROOTS, Path.of("")));
        };
        return new UpstreamSecurity.Tls(roots, name.isEmpty() ? Optional.empty() : Optional.of(name));
    }

    private DnsConfig dns() {
        return new DnsSettings(read).config();
    }

    private StatsConfig stats() {
        return new ScrapeSettings(read).config();
    }

    private Optional<OtlpConfig> otlp() {
        return new ScrapeSettings(read).export();
    }

    private ApplicationConfig application() {
        return new ApplicationConfig(read.duration(Setting.APPLICATION_WAIT), read.duration(Setting.APPLICATION_STOP));
    }

    private DrainConfig drain() {
        var min = read.duration(Setting.DRAIN_MIN);
        var max = read.duration(Setting.DRAIN_MAX);
        if (min.compareTo(max) > 0) {
            read.problem(Setting.DRAIN_MIN, "is longer than drain-max; lower it or raise --drain-max");
        }
        return new DrainConfig(
                min,
                read.duration(Setting.DRAIN_QUIET),
                max,
                read.number(Setting.DRAIN_TARGET),
                DrainConfig.Listeners.valueOf(read.text(Setting.DRAIN_LISTENERS).toUpperCase(Locale.ROOT)),
                read.text(Setting.DRAIN_OUTBOUND).equals("await"));
    }

    /// What `outrigger config` shows: every setting, its value (secrets masked) and who gave it.
    public static List<String> explain(Settings settings) {
        return java.util.Arrays.stream(Setting.values())
                .map(setting -> {
                    var value = settings.value(setting);
                    var shown =
                            setting.isSecret() && !value.texts().isEmpty() ? "***" : String.join(", ", value.texts());
                    return "%-26s %-40s # %s".formatted(setting.key() + ":", shown, value.origin());
                })
                .toList();
    }
}
