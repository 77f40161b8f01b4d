package dev.outrigger.dev;

import static dev.outrigger.dev.DevFiles.at;
import static dev.outrigger.dev.DevFiles.parse;
import static dev.outrigger.dev.DevFiles.problems;
import static dev.outrigger.dev.DevFiles.problemsOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.util.Durations;
import dev.outrigger.proto.nds.NameTable;
import dev.outrigger.testkit.Checkout;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class DevFileTest {
    @Test
    void theExampleHasNoProblems() throws Exception {
        var file = DevFile.read(Checkout.root().resolve("examples/hello.yaml"));

        assertThat(file.application()).contains(new InetSocketAddress(InetAddress.getLoopbackAddress(), 10080));
        assertThat(at(file.settings(), "spiffe-id").texts()).containsExactly("spiffe://dev.outrigger/hello");
        assertThat(file.resources(ResourceType.LISTENERS)).containsOnlyKeys("hello", "hello-mtls");
        assertThat(file.resources(ResourceType.CLUSTERS)).containsOnlyKeys("hello-mtls", "application");
        assertThat(file.resources(ResourceType.ENDPOINTS)).containsOnlyKeys("application");
        assertThat(file.resources(ResourceType.ROUTES)).containsOnlyKeys("hello");
        var listener = at(file.resources(ResourceType.LISTENERS), "hello-mtls").unpack(Listener.class);
        var tls = listener.getFilterChains(0)
                .getTransportSocket()
                .getTypedConfig()
                .unpack(DownstreamTlsContext.class);
        assertThat(tls.getCommonTlsContext()
                        .getCombinedValidationContext()
                        .getValidationContextSdsSecretConfig()
                        .getName())
                .isEqualTo("ROOTCA");
    }

    @Test
    void settingsAreTakenAsTheyStandWithTheirPlace() throws Exception {
        var file = parse("settings:", "  one: 1.50", "  list: [a, b]", "  map: {k: v}", "  none:");

        assertThat(file.settings()).containsOnlyKeys("one", "list", "map", "none");
        assertThat(file.settings()).containsEntry("one", new DevFile.Given(List.of("1.50"), "dev.yaml:2:3"));
        assertThat(file.settings()).containsEntry("list", new DevFile.Given(List.of("a", "b"), "dev.yaml:3:3"));
        assertThat(file.settings()).containsEntry("map", new DevFile.Given(List.of("k=v"), "dev.yaml:4:3"));
        assertThat(file.settings()).containsEntry("none", new DevFile.Given(List.of(), "dev.yaml:5:3"));
    }

    @Test
    void namesBecomeOneTable() throws Exception {
        var file = parse(
                "names:",
                "  A.example.org.: [127.0.0.1, '::1']",
                "  b.c: {addresses: [10.0.0.1], registry: Kubernetes}");

        var tables = file.resources(ResourceType.NAMES).values();

        assertThat(tables).hasSize(1);
        var any = tables.iterator().next();
        assertThat(any.getTypeUrl()).isEqualTo("type.googleapis.com/istio.networking.nds.v1.NameTable");
        var table = NameTable.parseFrom(any.getValue());
        assertThat(table.getTableOrThrow("a.example.org").getIpsList()).containsExactly("127.0.0.1", "::1");
        assertThat(table.getTableOrThrow("b.c").getRegistry()).isEqualTo("Kubernetes");
    }

    @Test
    void aFileWithoutNamesHasAnEmptyTable() throws Exception {
        assertThat(parse("application: {address: '[::1]:80'}").resources(ResourceType.NAMES))
                .hasSize(1);
    }

    @Test
    void valuesMayBeWrittenAsInEnvoysDocumentation() throws Exception {
        var file = parse(
                "resources:",
                "  clusters:",
                "    - \"@type\": type.googleapis.com/envoy.config.cluster.v3.Cluster",
                "      name: a",
                "      connectTimeout: 0.25s",
                "      type: STRICT_DNS",
                "      per_connection_buffer_limit_bytes: 32768",
                "      metadata: {filter_metadata: {a.b: {n: 1.5, t: yes, f: true, z: null, l: [x, 2]}}}",
                "      circuit_breakers: {thresholds: [{max_retries: 16, retry_budget: {budget_percent: {value: 25}}}]}");

        var cluster = at(file.resources(ResourceType.CLUSTERS), "a").unpack(Cluster.class);

        assertThat(Durations.toMillis(cluster.getConnectTimeout())).isEqualTo(250);
        assertThat(cluster.getType()).isEqualTo(Cluster.DiscoveryType.STRICT_DNS);
        assertThat(cluster.getPerConnectionBufferLimitBytes().getValue()).isEqualTo(32768);
        var fields = cluster.getMetadata().getFilterMetadataOrThrow("a.b").getFieldsMap();
        assertThat(at(fields, "n").getNumberValue()).isEqualTo(1.5);
        assertThat(at(fields, "t").getStringValue()).isEqualTo("yes");
        assertThat(at(fields, "f").getBoolValue()).isTrue();
        assertThat(at(fields, "z").hasNullValue()).isTrue();
        assertThat(at(fields, "l").getListValue().getValuesCount()).isEqualTo(2);
        assertThat(cluster.getCircuitBreakers().getThresholds(0).getMaxRetries().getValue())
                .isEqualTo(16);
    }

    @Test
    void everyProblemIsToldAtOnceWithItsPlace() {
        var problems = problems(
                "setings: {}",
                "application: {adress: 127.0.0.1:1, address: nowhere}",
                "names: {'a b': [127.0.0.1], ok: [300.1.1.1]}",
                "resources:",
                "  cluster: []",
                "  clusters:",
                "    - {name: a, conect_timeout: 1s, type: STATICK, lb_policy: RANDOM}",
                "    - {name: a, connect_timeout: soon}",
                "    - {connect_timeout: 1s}",
                "    - just text");

        assertThat(problems)
                .containsExactly(
                        "dev.yaml:1:1: no section setings; did you mean settings?",
                        "dev.yaml:2:15: no key adress in application; did you mean address?",
                        "dev.yaml:2:45: application.address cannot be nowhere; write an IP address and a port, for example"
                                + " 127.0.0.1:10080",
                        "dev.yaml:3:9: names: a b is no DNS name; write for example hello.demo.svc.cluster.local",
                        "dev.yaml:3:34: name ok: 300.1.1.1 is no IP address; write for example 127.0.0.1 or ::1",
                        "dev.yaml:5:3: no section resources.cluster; did you mean clusters?",
                        "dev.yaml:7:17: cluster a: no field conect_timeout in Cluster; did you mean connect_timeout?",
                        "dev.yaml:7:43: cluster a: type cannot be STATICK; did you mean STATIC?",
                        "dev.yaml:8:7: cluster a is there twice; rename one",
                        "dev.yaml:8:34: cluster a: connect_timeout cannot be this: Failed to parse duration: \"soon\"",
                        "dev.yaml:9:7: cluster without a name: add name: …",
                        "dev.yaml:10:7: an item of resources.clusters must be a mapping that begins with name: …");
    }

    @Test
    void whatExcludesEachOtherIsToldAndSoIsWhatHasNoValue() {
        var problems = problems(
                "resources:",
                "  routes:",
                "    - name: r",
                "      virtual_hosts:",
                "        - name: v",
                "          domains: '*'",
                "          routes:",
                "            - match: {prefix: /, path: /x}",
                "              redirect:",
                "            - match: {prefix: /, prefix: /}",
                "              direct_response: {status: many}");

        assertThat(problems)
                .satisfiesExactly(
                        p -> assertThat(p).startsWith("dev.yaml:6:20: route r: domains must be a list"),
                        p -> assertThat(p)
                                .isEqualTo("dev.yaml:8:34: route r: path and prefix exclude each other; keep one"),
                        p -> assertThat(p).startsWith("dev.yaml:9:15: route r: redirect has no value"),
                        p -> assertThat(p).isEqualTo("dev.yaml:10:34: route r: prefix is there twice; keep one"),
                        p -> assertThat(p).startsWith("dev.yaml:11:41: route r: status cannot be this: Not an uint32"));
    }

    @Test
    void anUnknownTypeIsNamedAndAMissingOneAskedFor() {
        var problems = problems(
                "resources:",
                "  listeners:",
                "    - name: l",
                "      access_log:",
                "        - name: x",
                "          typed_config: {\"@type\": type.googleapis.com/envoy.extensions.Nonsense}",
                "        - {name: y, typed_config: {path: /dev/stdout}}");

        assertThat(problems)
                .satisfiesExactly(
                        p -> assertThat(p)
                                .startsWith("dev.yaml:6:35: listener l: unknown @type"
                                        + " type.googleapis.com/envoy.extensions.Nonsense: no such message"),
                        p -> assertThat(p)
                                .startsWith("dev.yaml:7:35: listener l: typed_config does not say what it is"));
    }

    @Test
    void commonExtensionsAreKnown() {
        for (var type : List.of(
                "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",
                "envoy.extensions.filters.http.fault.v3.HTTPFault",
                "envoy.extensions.filters.http.lua.v3.LuaPerRoute",
                "envoy.extensions.filters.http.rbac.v3.RBAC",
                "envoy.extensions.filters.http.cors.v3.Cors",
                "envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit",
                "envoy.extensions.filters.listener.original_dst.v3.OriginalDst",
                "envoy.extensions.access_loggers.stream.v3.StdoutAccessLog",
                "envoy.extensions.access_loggers.file.v3.FileAccessLog",
                "envoy.config.core.v3.Node",
                "envoy.config.route.v3.RouteAction.HashPolicy.Header",
                "xds.type.v3.TypedStruct",
                "udpa.type.v1.TypedStruct",
                "google.protobuf.Struct")) {
            assertThat(MessageTypes.find("type.googleapis.com/" + type))
                    .as(type)
                    .isNotNull();
        }
    }

    @Test
    void aReferenceThatLeadsNowhereIsAProblemWithTheWayOut() {
        var problems = problems(
                "resources:",
                "  clusters:",
                "    - {name: backend, type: EDS}",
                "  routes:",
                "    - name: r",
                "      virtual_hosts:",
                "        - name: v",
                "          domains: ['*']",
                "          routes:",
                "            - {match: {prefix: /}, route: {cluster: backent}}",
                "  listeners:",
                "    - name: l",
                "      filter_chains:",
                "        - filters:",
                "            - name: tcp",
                "              typed_config:",
                "                '@type': type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",
                "                weighted_clusters: {clusters: [{name: elsewhere, weight: 1}]}");

        assertThat(problems)
                .containsExactly(
                        "dev.yaml:3:7: cluster backend: type EDS needs endpoints backend, which is not in"
                                + " resources.endpoints; there are none; add it there, or correct the name",
                        "dev.yaml:10:53: route r: cluster needs cluster backent, which is not in resources.clusters; did"
                                + " you mean backend?; add it there, or correct the name",
                        "dev.yaml:18:55: listener l: name needs cluster elsewhere, which is not in resources.clusters;"
                                + " there are: backend; add it there, or correct the name");
    }

    @Test
    void whatIsNoYamlOrEmptyIsRefused() {
        assertThat(problemsOf("")).singleElement().asString().contains("is empty");
        assertThat(problemsOf("# only a comment\n")).singleElement().asString().contains("is empty");
        assertThat(problemsOf("a: [")).singleElement().asString().startsWith("dev.yaml:1:5: not YAML");
        assertThat(problemsOf("- a")).singleElement().asString().contains("the file must be a mapping");
        assertThat(problemsOf("[".repeat(100_000))).singleElement().asString().contains("nested more than");
        assertThat(problemsOf("settings: &a {x: *a}"))
                .singleElement()
                .asString()
                .contains("without end");
    }

    @Test
    void aliasesThatMultiplyAreRefused() {
        var yaml = new StringBuilder("x0: &x0 [a]\n");
        for (int i = 1; i < 12; i++) {
            yaml.append("x%d: &x%d [*x%d, *x%d, *x%d, *x%d]\n".formatted(i, i, i - 1, i - 1, i - 1, i - 1));
        }

        assertThat(problemsOf(yaml.toString())).isNotEmpty();
    }

    @Test
    void aFileThatCannotBeReadIsAProblem() {
        assertThatThrownBy(() -> DevFile.read(Path.of("/nonexistent/dev.yaml")))
                .isInstanceOf(DevFileException.class)
                .hasMessageContaining("/nonexistent/dev.yaml: cannot be read");
    }
}
