package dev.outrigger.agent.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.outrigger.agent.application.ApplicationConfig;
import dev.outrigger.agent.cgroup.Cgroup;
import dev.outrigger.agent.crash.CrashConfig;
import dev.outrigger.agent.probe.Probe;
import dev.outrigger.dns.DnsTlsConfig;
import dev.outrigger.sds.IdentityConfig;
import dev.outrigger.sds.IdentityConfig.CaSecurity;
import dev.outrigger.sds.IdentityConfig.Policy;
import dev.outrigger.sds.KeyType;
import dev.outrigger.sds.SdsConfig;
import dev.outrigger.stats.OtlpTls;
import dev.outrigger.xds.Roots;
import dev.outrigger.xds.SnapshotConfig;
import dev.outrigger.xds.UpstreamSecurity;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigParserTest {
    private static final Machine MACHINE = new Machine(Map.of("PATH", "/usr/bin:/bin"), "box");

    @Test
    void theDefaultsAreTheDocumentedAddresses() throws Exception {
        var config = parse("--control-plane", "xds.example.org:15012", "--envoy-path", "/bin/sh");

        assertThat(config.status().address()).isEqualTo(literal("0.0.0.0", 15020));
        assertThat(config.envoy().orElseThrow().admin()).isEqualTo(literal("127.0.0.1", 15000));
        assertThat(config.dns().orElseThrow().listening().addresses()).containsExactly(literal("127.0.0.1", 15053));
        assertThat(config.xds().controlPlanes())
                .containsExactly(InetSocketAddress.createUnresolved("xds.example.org", 15012));
        assertThat(config.xds().security())
                .isEqualTo(new UpstreamSecurity.Tls(new Roots.SystemDefault(), Optional.empty()));
        assertThat(config.xds().socket()).isEqualTo(Path.of("/var/run/outrigger/xds.sock"));
        assertThat(config.xds().silenceWarning()).isEqualTo(Duration.ofSeconds(30));
        assertThat(config.identity()).isEqualTo(new IdentityConfig.None());
    }

    @Test
    void theLastKnownGoodIsKeptInTheWorkDirectoryUnlessItIsSwitchedOff() throws Exception {
        var snapshot = parse("--no-envoy", "--control-plane=a:1", "--work-dir=/w", "--node-id=me")
                .xds()
                .snapshot()
                .orElseThrow();

        assertThat(snapshot)
                .isEqualTo(new SnapshotConfig(
                        Path.of("/w/xds-snapshot"), Duration.ofDays(1), Duration.ofSeconds(3), "me"));
        assertThat(parse(
                                "--no-envoy",
                                "--control-plane=a:1",
                                "--xds-snapshot-max-age=2h",
                                "--xds-snapshot-patience=500ms")
                        .xds()
                        .snapshot()
                        .orElseThrow())
                .extracting(SnapshotConfig::maxAge, SnapshotConfig::patience)
                .containsExactly(Duration.ofHours(2), Duration.ofMillis(500));
        assertThat(parse("--no-envoy", "--control-plane=a:1", "--xds-snapshot=off")
                        .xds()
                        .snapshot())
                .isEmpty();
        assertThat(problems("--no-envoy", "--control-plane=a:1", "--xds-snapshot-max-age=0s"))
                .containsExactly(
                        "xds-snapshot-max-age=PT0S: must be longer than 0s; to keep nothing set xds-snapshot to"
                                + " off");
    }

    @Test
    void aControlPlaneIsReturnedToAfterAMinuteOrAsSet() throws Exception {
        assertThat(parse("--no-envoy", "--control-plane=a:1").xds().returnEvery())
                .isEqualTo(Duration.ofMinutes(1));
        assertThat(parse("--no-envoy", "--control-plane=a:1", "--control-plane-return=0s")
                        .xds()
                        .returnEvery())
                .isZero();
    }

    @Test
    void theRelaysPatienceAndPingsAreThoseThatAreSet() throws Exception {
        var arguments = List.of("--no-envoy", "--control-plane=a:1");
        var set = new ArrayList<>(arguments);
        set.addAll(List.of("--xds-silence-warning=0s", "--control-plane-keepalive=2m"));

        var config = parse(set.toArray(String[]::new)).xds();

        assertThat(config.silenceWarning()).isEqualTo(Duration.ZERO);
        assertThat(config.keepalive().time()).isEqualTo(Duration.ofMinutes(2));
        assertThat(parse(arguments.toArray(String[]::new)).xds().keepalive().time())
                .isEqualTo(Duration.ofSeconds(30));
        assertThat(problems("--no-envoy", "--control-plane=a:1", "--control-plane-keepalive=2"))
                .containsExactly("control-plane-keepalive=2 (flag --control-plane-keepalive): no duration; write for"
                        + " example 500ms, 5s, 10m, 24h or PT5S");
    }

    @Test
    void theSettingsOfTheDnsProxyBecomeItsRecord() throws Exception {
        var dns = parse(
                        "--no-envoy",
                        "--control-plane=a:1",
                        "--dns-static-name=Api.example.com=10.0.0.1",
                        "--dns-static-name=api.example.com=2001:db8::1",
                        "--dns-before-table=fail",
                        "--dns-cache=7",
                        "--dns-max-stale=1h",
                        "--dns-random-case=on",
                        "--dns-tls=strict",
                        "--dns-tls-server-name=dns.example.org",
                        "--dns-connections=9",
                        "--dns-idle-timeout=3s",
                        "--dns-udp-sockets=2",
                        "--dns-query-log=100")
                .dns()
                .orElseThrow();

        assertThat(dns.staticNames())
                .isEqualTo(Map.of(
                        "api.example.com",
                        List.of(InetAddress.ofLiteral("10.0.0.1"), InetAddress.ofLiteral("2001:db8::1"))));
        assertThat(dns.waitsForTable()).isFalse();
        assertThat(dns.forwarding().cacheEntries()).isEqualTo(7);
        assertThat(dns.forwarding().maxStale()).isEqualTo(Duration.ofHours(1));
        assertThat(dns.forwarding().randomCase()).isTrue();
        assertThat(dns.forwarding().tls())
                .isEqualTo(new DnsTlsConfig(DnsTlsConfig.Mode.STRICT, "dns.example.org", Optional.empty(), 853));
        assertThat(dns.listening().maxConnections()).isEqualTo(9);
        assertThat(dns.listening().idleTimeout()).isEqualTo(Duration.ofSeconds(3));
        assertThat(dns.listening().udpSockets()).isEqualTo(2);
        assertThat(dns.logEvery()).isEqualTo(100);
    }

    @Test
    void theWorkloadApiIsUsedOnceItsSocketIsKnown() throws Exception {
        var config = parse("--no-envoy", "--control-plane=a:1", "--spiffe-socket=unix:/run/a.sock");

        assertThat(config.identity()).isEqualTo(new IdentityConfig.WorkloadApi(Path.of("/run/a.sock")));
        assertThat(config.envoy()).isEmpty();
    }

    @Test
    void theIdentityIsWhatIsConfiguredTheMostClosely() throws Exception {
        var ca = "--ca-address=ca:1";
        var id = "--spiffe-id=spiffe://a.example/web";
        var files = new String[] {"--identity-cert-file=/c", "--identity-key-file=/k", "--identity-bundle-file=/b"};

        assertThat(identity(ca, id)).isInstanceOf(IdentityConfig.Ca.class);
        assertThat(identity(ca, id, files[0], files[1], files[2]))
                .isEqualTo(new IdentityConfig.Files(Path.of("/c"), Path.of("/k"), Path.of("/b"), Policy.DEFAULT));
        assertThat(identity(ca, id, files[0], files[1], files[2], "--spiffe-socket=/s"))
                .isEqualTo(new IdentityConfig.WorkloadApi(Path.of("/s")));
        assertThat(identity(ca, id, files[0], files[1], files[2], "--spiffe-socket=/s", "--identity=none"))
                .isEqualTo(new IdentityConfig.None());
    }

    @Test
    void everySettingOfTheIdentityIsRead() throws Exception {
        assertThat(identity(
                        "--spiffe-socket=/s",
                        "--spiffe-hint=internal",
                        "--spiffe-denied=drop",
                        "--identity-trust-domain=a.example",
                        "--identity-rotation-share=0.3"))
                .isEqualTo(new IdentityConfig.WorkloadApi(
                        Path.of("/s"), Optional.of("internal"), true, new Policy(Optional.of("a.example"), 0.3)));
        assertThat(identity(
                        "--ca-address=10.0.0.1:15012",
                        "--spiffe-id=spiffe://a.example/web",
                        "--ca-roots=/roots",
                        "--ca-server-name=istiod.example",
                        "--ca-token=/token",
                        "--ca-header=ClusterId=c1",
                        "--ca-signer=s/x",
                        "--ca-timeout=3s",
                        "--identity-key=rsa-2048",
                        "--identity-lifetime=1h",
                        "--identity-bundle-file=/b"))
                .isEqualTo(new IdentityConfig.Ca(
                        literal("10.0.0.1", 15012),
                        new CaSecurity.Tls(Optional.of(Path.of("/roots")), Optional.of("istiod.example")),
                        Optional.of(Path.of("/token")),
                        Map.of("clusterid", "c1"),
                        Optional.of("s/x"),
                        "spiffe://a.example/web",
                        KeyType.RSA_2048,
                        Duration.ofHours(1),
                        Duration.ofSeconds(3),
                        Optional.of(Path.of("/b")),
                        new Policy(Optional.of("a.example"), 0.5)));
        assertThat(((IdentityConfig.Ca) identity("--ca-address=a:1", "--ca-tls=off", "--spiffe-id=spiffe://a/b"))
                        .security())
                .isEqualTo(new CaSecurity.Plaintext());
    }

    @Test
    void istioAsksItsCaForTheIdentityOfThePod() throws Exception {
        var machine = new Machine(
                Map.of("POD_NAMESPACE", "shop", "SERVICE_ACCOUNT", "web", "TRUST_DOMAIN", "mesh.example"), "host");
        var config = ConfigParser.forRun(
                Settings.read(List.of("--no-envoy", "--profile=istio"), Map.of(), Map.of()), machine);

        var ca = (IdentityConfig.Ca) config.identity();
        assertThat(ca.spiffeId()).isEqualTo("spiffe://mesh.example/ns/shop/sa/web");
        assertThat(ca.address()).isEqualTo(InetSocketAddress.createUnresolved("istiod.istio-system.svc", 15012));
        assertThat(ca.headers()).isEqualTo(Map.of("clusterid", "Kubernetes"));
        assertThat(config.xds().headers()).isEqualTo(Map.of("clusterid", "Kubernetes"));
        assertThat(ca.tokenFile()).contains(Path.of("/var/run/secrets/tokens/istio-token"));
        assertThat(ca.policy().trustDomain()).contains("mesh.example");
    }

    @Test
    void healthSettingsBecomeGatesProbesAndACheck() throws Exception {
        var health = ConfigParser.forRun(
                        Settings.read(
                                List.of(
                                        "--no-envoy",
                                        "--control-plane=a:1",
                                        "--ready-gates=xds",
                                        "--ready-gates=identity",
                                        "--ready-without-control-plane=5m",
                                        "--health-check=http://127.0.0.1:8080/well?deep=1",
                                        "--health-check-failures=3"),
                                Map.of("ISTIO_KUBE_APP_PROBERS", """
                                        {"/app-health/shop/readyz": {"httpGet": {"path": "ready", "port": 8080},
                                          "timeoutSeconds": 3},
                                         "/app-health/shop/livez": {"tcpSocket": {"port": 9000}},
                                         "/app-health/shop/startupz": {"grpc": {"port": 9001, "service": "s"}}}"""),
                                Map.of()),
                        new Machine(Map.of(), "host"))
                .health();

        assertThat(health.gates().only()).containsExactlyInAnyOrder("xds", "identity");
        assertThat(health.gates().patience()).containsExactly(Map.entry("xds", Duration.ofMinutes(5)));
        assertThat(health.appProbes())
                .containsEntry(
                        "/app-health/shop/readyz",
                        new Probe.Http("http", "127.0.0.1", 8080, "/ready", Map.of(), Duration.ofSeconds(3)))
                .containsEntry("/app-health/shop/livez", new Probe.Tcp("127.0.0.1", 9000, Duration.ofSeconds(1)))
                .containsEntry(
                        "/app-health/shop/startupz", new Probe.Grpc("127.0.0.1", 9001, "s", Duration.ofSeconds(1)));
        assertThat(health.check().orElseThrow().probe())
                .isEqualTo(new Probe.Http("http", "127.0.0.1", 8080, "/well?deep=1", Map.of(), Duration.ofSeconds(1)));
        assertThat(health.check().orElseThrow().failures()).isEqualTo(3);
    }

    @Test
    void wrongHealthSettingsAreNamed() {
        assertThat(problems(
                        "--no-envoy",
                        "--control-plane=a:1",
                        "--ready-gates=envoi",
                        "--health-check=ftp://a:1",
                        "--app-probes={\"/health\": {}, \"/app-health/a/readyz\": {\"httpGet\": {\"port\": \"http\"}},"
                                + " \"/app-health/a/livez\": {}}"))
                .anyMatch(p -> p.contains("no condition is called envoi; there are envoy, dns"))
                .anyMatch(p -> p.contains("write http://HOST:PORT/PATH"))
                .anyMatch(p -> p.contains("/health: no path of a probe"))
                .anyMatch(p -> p.contains("/app-health/a/readyz: its port must be a number"))
                .anyMatch(p -> p.contains("/app-health/a/livez: needs one of httpGet, tcpSocket and grpc"));
    }

    @Test
    void whatAnIdentityLacksIsNamed() {
        assertThat(problems("--no-envoy", "--control-plane=a:1", "--identity=ca", "--ca-header=nothing"))
                .anyMatch(p -> p.contains("set --ca-address HOST:PORT"))
                .anyMatch(p -> p.contains("the CA must be asked for an identity"))
                .anyMatch(p -> p.contains("ca-header=***"));
        assertThat(problems("--no-envoy", "--control-plane=a:1", "--identity-cert-file=/c"))
                .anyMatch(p -> p.startsWith("identity-key-file: not set"))
                .anyMatch(p -> p.startsWith("identity-bundle-file: not set"));
        assertThat(problems(
                        "--no-envoy",
                        "--control-plane=a:1",
                        "--spiffe-socket=tcp://127.0.0.1:1",
                        "--identity-trust-domain=A b",
                        "--identity-rotation-share=2"))
                .anyMatch(p -> p.contains("only Unix sockets are spoken to"))
                .anyMatch(p -> p.contains("no trust domain"))
                .anyMatch(p -> p.contains("no share of a lifetime"));
        assertThat(problems(
                        "--no-envoy", "--control-plane=a:1", "--spiffe-socket=/s", "--identity-rotation-share=0.95"))
                .containsExactly("identity-rotation-share: 0.95 is not between 0.05 and 0.9");
    }

    private static IdentityConfig identity(String... flags) throws ConfigException {
        var all = new ArrayList<>(List.of("--no-envoy", "--control-plane=a:1"));
        all.addAll(List.of(flags));
        return parse(all.toArray(String[]::new)).identity();
    }

    @Test
    void allProblemsAreToldAtOnce() {
        var problems = problems(
                "--envoy-path=/nowhere/envoy",
                "--dns-ttl=5",
                "--status-address=15020",
                "--dns-static-name=api.example.com",
                "--drain-min=1m",
                "--identity=workload-api",
                "--application-metrics=ftp://x/",
                "--control-plane-header=nothing",
                "--log-format=xml",
                "--nonsense=1");

        assertThat(problems)
                .containsExactlyInAnyOrder(
                        "control-plane: not set; give --control-plane HOST:PORT, OUTRIGGER_CONTROL_PLANE or the YAML key"
                                + " control-plane",
                        "envoy-path=/nowhere/envoy (flag --envoy-path): no executable file; give the path of an Envoy"
                                + " binary",
                        "dns-ttl=5 (flag --dns-ttl): no duration; write for example 500ms, 5s, 10m, 24h or PT5S",
                        "dns-static-name=api.example.com (flag --dns-static-name): api.example.com is no name with an"
                                + " address; write api.example.com=10.0.0.1",
                        "status-address=15020 (flag --status-address): no address; write HOST:PORT, the port up to"
                                + " 65535, IPv6 as [::1]:PORT",
                        "drain-min=1m (flag --drain-min): is longer than drain-max; lower it or raise --drain-max",
                        "identity=workload-api (flag --identity): needs the Workload API's socket; set --spiffe-socket or"
                                + " SPIFFE_ENDPOINT_SOCKET",
                        "application-metrics=ftp://x/ (flag --application-metrics): must be a URL, for example"
                                + " http://127.0.0.1:8080/metrics",
                        "control-plane-header=*** (flag --control-plane-header): must be NAME=VALUE",
                        "log-format=xml (flag --log-format): must be one of text, json",
                        "unknown argument --nonsense=1; outrigger run --help lists all settings");
    }

    @Test
    void whatAScrapeShowsIsReadAndABadExpressionIsAProblem() throws Exception {
        var given = new String[] {
            "--no-envoy",
            "--control-plane=a:1",
            "--scrape-include=envoy_.*",
            "--scrape-include=shop_.*",
            "--scrape-exclude=envoy_cluster_.*",
            "--scrape-labels=zone",
            "--scrape-continuity=off"
        };
        var stats = parse(given).stats();

        assertThat(stats.filter().include()).extracting(Pattern::pattern).containsExactly("envoy_.*", "shop_.*");
        assertThat(stats.filter().exclude()).extracting(Pattern::pattern).containsExactly("envoy_cluster_.*");
        assertThat(stats.filter().labels()).contains(Set.of("zone"));
        assertThat(stats.continuous()).isFalse();
        assertThat(parse("--no-envoy", "--control-plane=a:1").stats().continuous())
                .isTrue();
        assertThat(problems("--no-envoy", "--control-plane=a:1", "--scrape-exclude=a("))
                .containsExactly(
                        "scrape-exclude=a( (flag --scrape-exclude): no regular expression: Unclosed group at 2 of a(");
    }

    @Test
    void metricsAreExportedOnlyWhereAnEndpointIsGiven() throws Exception {
        var base = new String[] {"--no-envoy", "--control-plane=a:1"};
        var otlp = parse(
                        "--no-envoy",
                        "--control-plane=a:1",
                        "--otlp-endpoint=http://c:4318/v1/metrics",
                        "--otlp-header=a=b")
                .otlp()
                .orElseThrow();

        assertThat(parse(base).otlp()).isEmpty();
        assertThat(otlp.headers()).isEqualTo(Map.of("a", "b"));
        assertThat(otlp.resource()).isEqualTo(Map.of("service.name", "outrigger"));
        assertThat(otlp.tls()).isEqualTo(OtlpTls.DEFAULT);
        assertThat(problems(
                        "--no-envoy",
                        "--control-plane=a:1",
                        "--otlp-endpoint=https://c/v1/metrics",
                        "--otlp-roots=/not/there.pem"))
                .containsExactly("otlp-roots=/not/there.pem (flag --otlp-roots): cannot be read; give a PEM file with"
                        + " the roots of the collector");
        assertThat(problems("--no-envoy", "--control-plane=a:1", "--otlp-endpoint=collector:4317"))
                .singleElement()
                .asString()
                .contains("is no http or https URL");
    }

    @Test
    void whatACollectorIsShownNeedsBothFiles() {
        var base = new ArrayList<>(List.of(
                "--no-envoy", "--control-plane=a:1", "--otlp-endpoint=https://c/v1/metrics", "--otlp-client-key=/k"));

        assertThat(problems(base.toArray(String[]::new)))
                .containsExactly("otlp-client-key=/k (flag --otlp-client-key): needs otlp-client-cert, too");
        base.add("--otlp-client-cert=/c");
        assertThat(problems(base.toArray(String[]::new)))
                .containsExactly(
                        "otlp-client-cert=/c (flag --otlp-client-cert): cannot be read; give a PEM file with this agent's"
                                + " certificate",
                        "otlp-client-key=/k (flag --otlp-client-key): cannot be read; give a PEM file with the key of"
                                + " otlp-client-cert");
    }

    @Test
    void aSocketPathThatTheKernelCannotHoldIsRefusedBeforeAnythingStarts() {
        var problems = problems("--no-envoy", "--control-plane=a:1", "--work-dir=/" + "x".repeat(120));

        assertThat(problems).hasSize(2).allMatch(p -> p.contains("longer than the 107 bytes a Unix socket may have"));
    }

    @Test
    void istioTellsProxylessGrpcFromEnvoyByTheNodesMetadata() throws Exception {
        var bootstraps = parse("--no-envoy", "--profile=istio", "--node-metadata=NAMESPACE=shop")
                .bootstraps();

        assertThat(bootstraps.grpc().node().metadata()).isEqualTo(Map.of("GENERATOR", "grpc", "NAMESPACE", "shop"));
        assertThat(bootstraps.envoy().node().metadata()).isEqualTo(Map.of("NAMESPACE", "shop"));
        assertThat(parse("--no-envoy", "--control-plane=a:1")
                        .bootstraps()
                        .grpc()
                        .node()
                        .metadata())
                .isEmpty();
    }

    @Test
    void istioIsToldOfThePodByTheNodesMetadata() throws Exception {
        var machine = new Machine(
                Map.of(
                        "POD_NAME", "web-1",
                        "POD_NAMESPACE", "shop",
                        "SERVICE_ACCOUNT", "web",
                        "INSTANCE_IP", "10.0.0.7",
                        "ISTIO_META_MESH_ID", "mesh1",
                        "ISTIO_META_CLUSTER_ID", "east",
                        "ISTIO_METAJSON_LABELS", "{}"),
                "host");
        var pod = Map.of(
                "NAME", "web-1",
                "NAMESPACE", "shop",
                "SERVICE_ACCOUNT", "web",
                "INSTANCE_IPS", "10.0.0.7",
                "MESH_ID", "mesh1",
                "CLUSTER_ID", "of-the-settings");
        var arguments = List.of("--no-envoy", "--node-metadata=CLUSTER_ID=of-the-settings");

        var bootstraps = ConfigParser.forRun(
                        Settings.read(with(arguments, "--profile=istio"), Map.of(), Map.of()), machine)
                .bootstraps();
        assertThat(bootstraps.envoy().node().metadata()).isEqualTo(pod);
        assertThat(bootstraps.grpc().node().metadata())
                .containsAllEntriesOf(pod)
                .containsEntry("GENERATOR", "grpc");

        var generic =
                ConfigParser.forRun(Settings.read(with(arguments, "--control-plane=a:1"), Map.of(), Map.of()), machine);
        assertThat(generic.bootstraps().envoy().node().metadata()).isEqualTo(Map.of("CLUSTER_ID", "of-the-settings"));
    }

    private static List<String> with(List<String> arguments, String another) {
        var all = new ArrayList<>(arguments);
        all.add(another);
        return all;
    }

    @Test
    void keysGoToDiskOnlyWhenAskedTo() throws Exception {
        var arguments = List.of("--no-envoy", "--control-plane=a:1", "--spiffe-socket=/a.sock", "--work-dir=/w");
        var asked = new ArrayList<>(arguments);
        asked.add("--grpc-credentials=on");

        assertThat(parse(arguments.toArray(String[]::new)).bootstraps().grpc().certificates())
                .isEmpty();
        assertThat(parse(asked.toArray(String[]::new))
                        .bootstraps()
                        .grpc()
                        .certificates()
                        .orElseThrow()
                        .key())
                .isEqualTo(Path.of("/w/workload-credentials/key.pem"));
    }

    @Test
    void credentialsAndTokensGoWhereTheyAreTold() throws Exception {
        var config = parse(
                "--no-envoy",
                "--control-plane=a:1",
                "--spiffe-socket=/a.sock",
                "--work-dir=/w",
                "--credentials-dir=/c",
                "--credentials-key-permissions=rw-r-----",
                "--jwt-file=https://one.example=/t/one",
                "--jwt-file=two=/t/two");

        assertThat(config.credentials().certificates().orElseThrow().key()).isEqualTo(Path.of("/c/key.pem"));
        assertThat(config.credentials().keyPermissions()).isEqualTo("rw-r-----");
        assertThat(config.credentials().tokens())
                .isEqualTo(Map.of("https://one.example", Path.of("/t/one"), "two", Path.of("/t/two")));
        assertThat(config.bootstraps().grpc().certificates()).as("not for gRPC").isEmpty();
    }

    @Test
    void tokensNeedAWorkloadApiAndKeysAMode() {
        assertThat(problems(
                        "--no-envoy", "--control-plane=a:1", "--jwt-file=one=/t", "--credentials-key-permissions=0600"))
                .anyMatch(p -> p.startsWith("jwt-file=one=/t")
                        && p.contains("only a SPIFFE Workload API has JWT-SVIDs; set --identity workload-api"))
                .anyMatch(p -> p.contains("no permissions; write them as ls does: rw-r-----"));
    }

    @Test
    void secretsAreServedUnderTheNamesOfTheSettings() throws Exception {
        var plain = parse("--no-envoy", "--control-plane=a:1").sds();
        var named = parse(
                        "--no-envoy",
                        "--control-plane=a:1",
                        "--sds-default-name=mine",
                        "--sds-root-name=roots",
                        "--sds-all-name=roots",
                        "--sds-trust=spiffe")
                .sds();

        assertThat(plain).isEqualTo(new SdsConfig(plain.socket()));
        assertThat(named)
                .isEqualTo(
                        new SdsConfig(plain.socket(), "rw-------", "mine", "roots", "roots", SdsConfig.Trust.SPIFFE));
        assertThat(problems("--no-envoy", "--control-plane=a:1", "--sds-default-name=ROOTCA"))
                .containsExactly(
                        "sds-default-name=ROOTCA is also the name of a trust bundle; give the certificate a name"
                                + " of its own");
    }

    @Test
    void credentialsNeedAnIdentity() {
        assertThat(problems("--no-envoy", "--control-plane=a:1", "--grpc-credentials=on"))
                .containsExactly("grpc-credentials=on (flag --grpc-credentials): there is no identity to write; set"
                        + " --spiffe-socket or --identity");
    }

    @Test
    void aSecretIsNeverShown() throws Exception {
        var settings = Settings.read(List.of("--control-plane-header=authorization=Bearer abc"), Map.of(), Map.of());

        assertThat(ConfigParser.explain(settings))
                .noneMatch(line -> line.contains("abc"))
                .anyMatch(line -> line.contains("***"));
    }

    @Test
    void whatNoPartRefusesAloneIsToldAllTheSame() {
        var reader = new Reader(Settings.read(List.of(), Map.of(), Map.of()));

        assertThatThrownBy(() -> reader.orProblems(
                        () -> {
                            throw new IllegalArgumentException("these do not go together");
                        },
                        List.of(() -> "a part")))
                .isInstanceOfSatisfying(
                        ConfigException.class,
                        e -> assertThat(e.problems()).containsExactly("these do not go together"));
    }

    @ParameterizedTest
    @CsvSource({"500ms,PT0.5S", "5s,PT5S", "10m,PT10M", "24h,PT24H", "2d,PT48H", "PT1M,PT1M"})
    void aDurationNeedsItsUnit(String text, Duration duration) throws Exception {
        var settings = Settings.read(List.of("--dns-ttl=" + text), Map.of(), Map.of());

        assertThat(new Reader(settings).duration(Setting.DNS_TTL)).isEqualTo(duration);
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", ":80", "[::1]", "::1:80x", "host:70000", "host:-1", "a b:1", "host:", "[]:1"})
    void whatIsNoAddressIsRefused(String text) {
        assertThat(Addresses.parse(text, Optional.empty())).isEmpty();
    }

    @Test
    void ipv6IsWrittenInBrackets() {
        assertThat(Addresses.parse("[::1]:53", Optional.empty())).contains(literal("::1", 53));
        assertThat(Addresses.parse("[::1]", Optional.of(53))).contains(literal("::1", 53));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void randomValuesGiveAConfigurationOrProblemsAndNothingElse(long seed) {
        var random = new SplittableRandom(seed);
        var settings = List.of(Setting.values());
        for (var round = 0; round < 300; round++) {
            var arguments = new ArrayList<String>();
            for (var i = 0; i < 6; i++) {
                var setting = settings.get(random.nextInt(settings.size()));
                arguments.add(setting.flag() + "=" + text(random));
            }
            try {
                parse(arguments.toArray(String[]::new));
            } catch (ConfigException e) {
                assertThat(e.problems()).as(arguments.toString()).isNotEmpty().noneMatch(String::isBlank);
            }
        }
    }

    private static String text(SplittableRandom random) {
        var pieces = List.of(
                "1",
                "s",
                ":",
                "-",
                "/",
                "127.0.0.1",
                "=",
                "on",
                "[",
                "]",
                " ",
                "\u00e9",
                "\n",
                "%",
                "spiffe://",
                "none");
        var text = new StringBuilder();
        for (var i = random.nextInt(4); i >= 0; i--) {
            text.append(pieces.get(random.nextInt(pieces.size())));
        }
        return text.toString();
    }

    private static InetSocketAddress literal(String ip, int port) {
        return new InetSocketAddress(InetAddress.ofLiteral(ip), port);
    }

    @Test
    void envoysShareOfTheContainerFollowsFromItsLimitsUnlessItIsSet(@TempDir Path root) throws Exception {
        limits(root, "1073741824", "150000 100000");

        assertThat(limited(root).envoy().orElseThrow().concurrency()).isEqualTo(2);
        assertThat(limited(root).bootstraps().envoy().heap()).hasValue((1024 - 160) << 20);
        assertThat(limited(root, "--envoy-concurrency=7").envoy().orElseThrow().concurrency())
                .isEqualTo(7);
        assertThat(limited(root, "--envoy-heap-limit=300Mi")
                        .bootstraps()
                        .envoy()
                        .heap())
                .hasValue(300 << 20);
        assertThat(limited(root, "--envoy-heap-limit=off").bootstraps().envoy().heap())
                .isEmpty();
    }

    @Test
    void withoutLimitsOfTheContainerEnvoyHasNone(@TempDir Path root) throws Exception {
        limits(root, "max", "max 100000");

        assertThat(limited(root).envoy().orElseThrow().concurrency()).isZero();
        assertThat(limited(root).bootstraps().envoy().heap()).isEmpty();
        assertThat(limited(root, "--envoy-heap-limit=1G").bootstraps().envoy().heap())
                .hasValue(1_000_000_000);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "1.5Gi", "-1", "512MB", "9999999999"})
    void aSizeThatIsNoneIsRefused(String size) {
        assertThat(problems("--no-envoy", "--control-plane=a:1", "--envoy-heap-limit=" + size))
                .anyMatch(p -> p.startsWith("envoy-heap-limit=" + size) && p.contains("512Mi"));
    }

    @Test
    void crashesAreKeptInTheWorkDirectoryUnlessToldOtherwise() throws Exception {
        assertThat(parse("--no-envoy", "--control-plane=a:1", "--work-dir=/w").crash())
                .isEqualTo(new CrashConfig(Path.of("/w/crashes"), 5));
        assertThat(parse("--no-envoy", "--control-plane=a:1", "--crash-dir=/c", "--crash-keep=0")
                        .crash())
                .isEqualTo(new CrashConfig(Path.of("/c"), 0));
    }

    @Test
    void theApplicationsLimitsAreThoseThatAreSet() throws Exception {
        assertThat(parse("--no-envoy", "--control-plane=a:1").application())
                .isEqualTo(new ApplicationConfig(Duration.ofMinutes(2), Duration.ofSeconds(20)));
        assertThat(parse("--no-envoy", "--control-plane=a:1", "--application-wait=0s", "--application-stop=1m")
                        .application())
                .isEqualTo(new ApplicationConfig(Duration.ZERO, Duration.ofMinutes(1)));
    }

    private static void limits(Path root, String memory, String cpu) throws IOException {
        Files.createDirectories(root.resolve("proc/self"));
        Files.createDirectories(root.resolve("cg"));
        Files.writeString(root.resolve("proc/self/cgroup"), "0::/\n");
        Files.writeString(root.resolve("proc/self/mountinfo"), "29 23 0:26 / /cg rw - cgroup2 cgroup2 rw\n");
        Files.writeString(root.resolve("cg/memory.max"), memory + "\n");
        Files.writeString(root.resolve("cg/cpu.max"), cpu + "\n");
    }

    private static AgentConfig limited(Path root, String... arguments) throws ConfigException {
        var all = new ArrayList<>(List.of("--control-plane=a:1", "--envoy-path=/bin/sh"));
        all.addAll(List.of(arguments));
        var machine = new Machine(Map.of("PATH", "/usr/bin:/bin"), "box", Cgroup.of(root));
        return ConfigParser.forRun(Settings.read(all, Map.of(), Map.of()), machine);
    }

    private static AgentConfig parse(String... arguments) throws ConfigException {
        return ConfigParser.forRun(Settings.read(List.of(arguments), Map.of(), Map.of()), MACHINE);
    }

    private static List<String> problems(String... arguments) {
        return catchThrowableOfType(ConfigException.class, () -> parse(arguments))
                .problems();
    }
}
