package dev.outrigger.agent.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsTest {
    @TempDir
    Path folder;

    @Test
    void aFlagBeatsTheEnvironmentTheEnvironmentTheFileAndTheFileTheProfile() throws Exception {
        var file =
                file("profile: istio\ndns-ttl: 1s\nlog-level: warn\nnode-cluster: from-file\nwork-dir: /from/file\n");
        var environment = Map.of("OUTRIGGER_DNS_TTL", "2s", "OUTRIGGER_LOG_LEVEL", "debug");

        var settings = Settings.read(List.of("--config", file, "--dns-ttl=3s"), environment, Map.of());

        assertThat(settings.value(Setting.DNS_TTL)).isEqualTo(new SettingValue(List.of("3s"), "flag --dns-ttl"));
        assertThat(settings.value(Setting.LOG_LEVEL).origin()).isEqualTo("environment OUTRIGGER_LOG_LEVEL");
        assertThat(settings.value(Setting.NODE_CLUSTER).origin()).isEqualTo(file + ":4:1");
        assertThat(settings.value(Setting.NAME_TABLE)).isEqualTo(new SettingValue(List.of("on"), "profile istio"));
        assertThat(settings.value(Setting.DNS_DOMAIN).origin()).isEqualTo("default");
    }

    @Test
    void aRepeatableSettingTakesSeveralFlagsACommaListAndAYamlList() throws Exception {
        var file = file("dns-address:\n  - 127.0.0.1:1\n  - 127.0.0.1:2\ncontrol-plane-header:\n  x-a: b\n");

        var settings = Settings.read(
                List.of("--config", file, "--control-plane", "a:1", "--control-plane=b:2"),
                Map.of("OUTRIGGER_APPLICATION_METRICS", "http://a/m, http://b/m"),
                Map.of());

        assertThat(settings.value(Setting.CONTROL_PLANE).texts()).containsExactly("a:1", "b:2");
        assertThat(settings.value(Setting.DNS_ADDRESS).texts()).containsExactly("127.0.0.1:1", "127.0.0.1:2");
        assertThat(settings.value(Setting.APPLICATION_METRICS).texts()).containsExactly("http://a/m", "http://b/m");
        assertThat(settings.value(Setting.CONTROL_PLANE_HEADER).texts()).containsExactly("x-a=b");
    }

    @Test
    void everyProblemIsToldAtOnceWithItsPlaceAndAGuess() throws Exception {
        var file = file("controll-plane: a:1\nlog-level: loud\n");
        var arguments = List.of("--config", file, "--dns-tttl", "5s", "stray", "--status-address");

        var failure = problems(arguments, Map.of("OUTRIGGER_STATUS_ADRESS", "x"));

        assertThat(failure)
                .containsExactlyInAnyOrder(
                        "unknown argument --dns-tttl; did you mean --dns-ttl?",
                        "unknown argument stray; flags begin with --",
                        "--status-address (flag): no value; write --status-address HOST:PORT",
                        "OUTRIGGER_STATUS_ADRESS (environment): no such setting; did you mean the variable of"
                                + " status-address?",
                        file + ":1:1: no such setting: controll-plane; did you mean control-plane?",
                        "log-level=loud (" + file + ":2:1): must be one of error, warn, info, debug");
    }

    @Test
    void aFileThatIsNotYamlSaysWhere() throws Exception {
        var file = file("control-plane: [a:1\nlog-level: info\n");

        var failure = problems(List.of("--config", file), Map.of());

        assertThat(failure).singleElement().asString().startsWith(file + ":2:").contains("not YAML");
    }

    @Test
    void aFileThatIsMissingSaysWhoNamedIt() {
        var failure = problems(List.of(), Map.of("OUTRIGGER_CONFIG", "/nowhere/x.yaml"));

        assertThat(failure)
                .containsExactly("config=/nowhere/x.yaml (environment OUTRIGGER_CONFIG): cannot be read"
                        + " (NoSuchFileException); give the path of a readable YAML file");
    }

    @Test
    void everySettingIsReachedByFlagByVariableAndByKey() throws Exception {
        for (var setting : Setting.values()) {
            if (setting == Setting.CONFIG) {
                continue;
            }
            var text = setting.shape().choices().isEmpty()
                    ? "1"
                    : setting.shape().choices().getFirst();
            var file = file(setting.key() + ": \"" + text + "\"\n");

            var byFlag = Settings.read(List.of(setting.flag() + "=" + text), Map.of(), Map.of());
            var byVariable = Settings.read(List.of(), Map.of(setting.variable(), text), Map.of());
            var byKey = Settings.read(List.of("--config=" + file), Map.of(), Map.of());

            assertThat(List.of(byFlag, byVariable, byKey))
                    .as(setting.key())
                    .allMatch(settings -> settings.value(setting).text().equals(text));
        }
    }

    @Test
    void theWorkloadApisStandardVariableIsHonoured() throws Exception {
        var settings =
                Settings.read(List.of(), Map.of("SPIFFE_ENDPOINT_SOCKET", "unix:///run/spire/agent.sock"), Map.of());

        assertThat(new Reader(settings).path(Setting.SPIFFE_SOCKET)).contains(Path.of("/run/spire/agent.sock"));
    }

    @Test
    void theVariablesOfOpenTelemetryAreHonoured() throws Exception {
        var settings = Settings.read(
                List.of("--otlp-interval=7s"),
                Map.of(
                        "OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318",
                        "OTEL_EXPORTER_OTLP_HEADERS", "x-team=a,authorization=Basic%20eA%3D%3D",
                        "OTEL_EXPORTER_OTLP_METRICS_HEADERS", "x-team=b",
                        "OTEL_EXPORTER_OTLP_TIMEOUT", "2500",
                        "OTEL_EXPORTER_OTLP_CERTIFICATE", "/etc/collector/ca.pem",
                        "OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf",
                        "OTEL_METRIC_EXPORT_INTERVAL", "15000",
                        "OTEL_RESOURCE_ATTRIBUTES", "service.name=old,zone=a",
                        "OTEL_SERVICE_NAME", "shop"),
                Map.of());
        var read = new Reader(settings);

        assertThat(settings.problems()).isEmpty();
        assertThat(read.text(Setting.OTLP_ENDPOINT)).isEqualTo("http://collector:4318/v1/metrics");
        assertThat(read.pairs(Setting.OTLP_HEADER)).isEqualTo(Map.of("x-team", "b", "authorization", "Basic eA=="));
        assertThat(read.pairs(Setting.OTLP_RESOURCE)).isEqualTo(Map.of("service.name", "shop", "zone", "a"));
        assertThat(read.duration(Setting.OTLP_TIMEOUT)).isEqualTo(Duration.ofMillis(2500));
        assertThat(read.path(Setting.OTLP_ROOTS)).contains(Path.of("/etc/collector/ca.pem"));
        assertThat(read.duration(Setting.OTLP_INTERVAL)).isEqualTo(Duration.ofSeconds(7));
        assertThat(ConfigParser.explain(settings)).noneMatch(line -> line.contains("eA=="));
    }

    @Test
    void theCertificateForACollectorIsTakenFromTheVariablesWithItsKeyOnly() throws Exception {
        var variables = new HashMap<>(Map.of(
                "OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector:4318",
                "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "/etc/agent/tls.crt",
                "OTEL_EXPORTER_OTLP_METRICS_CLIENT_KEY", "/etc/agent/metrics.key",
                "OTEL_EXPORTER_OTLP_CLIENT_KEY", "/etc/agent/tls.key"));
        var read = new Reader(Settings.read(List.of(), variables, Map.of()));

        assertThat(read.path(Setting.OTLP_CLIENT_CERT)).contains(Path.of("/etc/agent/tls.crt"));
        assertThat(read.path(Setting.OTLP_CLIENT_KEY)).contains(Path.of("/etc/agent/metrics.key"));
    }

    @Test
    void theEndpointOfMetricsIsTakenAsItIsAndNoneTurnsItOff() {
        var endpoint = "http://collector:4318/custom";
        var given = Map.of(
                "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", endpoint, "OTEL_EXPORTER_OTLP_ENDPOINT", "http://other:4318");
        var off = new HashMap<>(given);
        off.put("OTEL_METRICS_EXPORTER", "none");

        assertThat(otlpEndpoint(given)).isEqualTo(endpoint);
        assertThat(otlpEndpoint(off)).isEmpty();
        assertThat(otlpEndpoint(Map.of("OTEL_EXPORTER_OTLP_HEADERS", "x"))).isEmpty();
    }

    @Test
    void otherProtocolsOfOpenTelemetryAndBadNumbersAreRefused() {
        assertThat(problems(
                        List.of(),
                        Map.of(
                                "OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4317",
                                "OTEL_EXPORTER_OTLP_PROTOCOL", "grpc",
                                "OTEL_EXPORTER_OTLP_HEADERS", "secret",
                                "OTEL_METRIC_EXPORT_INTERVAL", "15s")))
                .containsExactlyInAnyOrder(
                        "OTEL_EXPORTER_OTLP_PROTOCOL=grpc (environment): only http/protobuf is spoken; set"
                                + " OTEL_EXPORTER_OTLP_METRICS_PROTOCOL=http/protobuf and the collector's port for HTTP, or"
                                + " OTEL_METRICS_EXPORTER=none",
                        "OTEL_EXPORTER_OTLP_HEADERS (environment): must be name=value,name=value, percent-encoded",
                        "OTEL_METRIC_EXPORT_INTERVAL=15s (environment): must be a whole number of milliseconds");
    }

    private static String otlpEndpoint(Map<String, String> environment) {
        return new Reader(Settings.read(List.of(), environment, Map.of())).text(Setting.OTLP_ENDPOINT);
    }

    private static List<String> problems(List<String> arguments, Map<String, String> environment) {
        return Settings.read(arguments, environment, Map.of()).problems();
    }

    private String file(String yaml) throws IOException {
        return Files.writeString(folder.resolve("outrigger.yaml"), yaml).toString();
    }
}
