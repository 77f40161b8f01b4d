package dev.outrigger.agent.config;

import dev.outrigger.agent.probe.CheckConfig;
import dev.outrigger.agent.probe.Probe;
import dev.outrigger.health.GateRules;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/// The settings of readiness and of the application's probes.
final class HealthSettings {
    /// Everything that may gate.
    static final List<String> CONDITIONS =
            List.of("envoy", "dns", "xds", "config", "identity", "credentials", "jwt-files", "application");

    private static final Set<String> ALWAYS = Set.of("lifecycle");
    private static final Pattern PATH =
            Pattern.compile("/(app-health|app-lifecycle)/[^/?#\\s]+/(livez|readyz|startupz|prestopz|poststartz)");

    private final Reader read;
    private final Machine machine;

    HealthSettings(Reader read, Machine machine) {
        this.read = read;
        this.machine = machine;
    }

    HealthConfig config() {
        return new HealthConfig(gates(), appProbes(), check());
    }

    private GateRules gates() {
        var names = new HashSet<String>();
        for (var name : read.texts(Setting.READY_GATES)) {
            if (CONDITIONS.contains(name)) {
                names.add(name);
            } else {
                read.problem(
                        Setting.READY_GATES,
                        "no condition is called " + name + "; there are " + String.join(", ", CONDITIONS));
            }
        }
        var away = read.duration(Setting.READY_WITHOUT_CONTROL_PLANE);
        return new GateRules(names, ALWAYS, away.isPositive() ? Map.of("xds", away) : Map.of());
    }

    private String host() {
        var given = read.text(Setting.APP_PROBE_HOST);
        return given.isEmpty() ? read.profile().applicationHost(machine) : given;
    }

    private Map<String, Probe> appProbes() {
        var text = read.text(Setting.APP_PROBES);
        var probes = new LinkedHashMap<String, Probe>();
        if (text.isEmpty()) {
            return probes;
        }
        try {
            var settings = LoadSettings.builder().setLabel("app-probes").build();
            if (new Load(settings).loadFromString(text) instanceof Map<?, ?> all) {
                all.forEach((path, probe) -> add(probes, String.valueOf(path), probe));
            } else {
                read.problem(Setting.APP_PROBES, "no JSON object; write {\"/app-health/NAME/readyz\": {…}}");
            }
        } catch (YamlEngineException e) {
            read.problem(
                    Setting.APP_PROBES,
                    "no JSON: " + String.valueOf(e.getMessage()).replaceAll("\\s+", " "));
        }
        return probes;
    }

    private void add(Map<String, Probe> probes, String path, @Nullable Object value) {
        if (!PATH.matcher(path).matches()) {
            problem(path, "no path of a probe; write /app-health/CONTAINER/readyz, livez or startupz");
            return;
        }
        var spec = map(value);
        var kinds = List.of("httpGet", "tcpSocket", "grpc").stream()
                .filter(kind -> spec.get(kind) instanceof Map<?, ?>)
                .toList();
        if (kinds.size() != 1) {
            problem(path, "needs one of httpGet, tcpSocket and grpc");
            return;
        }
        var seconds = spec.get("timeoutSeconds") instanceof Integer s && s > 0 && s <= 3600 ? s : 1;
        var detail = map(spec.get(kinds.getFirst()));
        if (!(detail.get("port") instanceof Integer port) || port < 1 || port > 65535) {
            problem(path, "its port must be a number from 1 to 65535, names are not known here");
            return;
        }
        probes.put(path, probe(kinds.getFirst(), detail, port, Duration.ofSeconds(seconds)));
    }

    private Probe probe(String kind, Map<?, ?> detail, int port, Duration timeout) {
        return switch (kind) {
            case "tcpSocket" -> new Probe.Tcp(host(), port, timeout);
            case "grpc" -> new Probe.Grpc(host(), port, text(detail.get("service"), ""), timeout);
            default -> {
                var path = text(detail.get("path"), "/");
                yield new Probe.Http(
                        text(detail.get("scheme"), "HTTP").equalsIgnoreCase("https") ? "https" : "http",
                        host(),
                        port,
                        path.startsWith("/") ? path : "/" + path,
                        Map.of(), // the platform sends the headers itself
                        timeout);
            }
        };
    }

    private void problem(String path, String what) {
        read.problem("app-probes: " + path + ": " + what);
    }

    private Optional<CheckConfig> check() {
        var text = read.text(Setting.HEALTH_CHECK);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new CheckConfig(
                checked(text, read.duration(Setting.HEALTH_CHECK_TIMEOUT)),
                read.duration(Setting.HEALTH_CHECK_DELAY),
                read.duration(Setting.HEALTH_CHECK_PERIOD),
                read.number(Setting.HEALTH_CHECK_FAILURES),
                read.number(Setting.HEALTH_CHECK_SUCCESSES)));
    }

    private Probe checked(String text, Duration timeout) {
        if (text.startsWith("exec:")) {
            return new Probe.Exec(List.of(text.substring(5).strip().split("\\s+")), timeout);
        }
        try {
            var uri = new URI(text);
            var host = uri.getHost() == null ? "" : uri.getHost().replaceAll("[\\[\\]]", "");
            if (!host.isEmpty()) {
                var path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
                var query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
                switch (String.valueOf(uri.getScheme())) {
                    case "http" -> {
                        return http("http", host, port(uri, 80), path + query, timeout);
                    }
                    case "https" -> {
                        return http("https", host, port(uri, 443), path + query, timeout);
                    }
                    case "tcp" -> {
                        return new Probe.Tcp(host, port(uri, 0), timeout);
                    }
                    case "grpc" -> {
                        return new Probe.Grpc(host, port(uri, 0), path.substring(1), timeout);
                    }
                    default -> {}
                }
            }
        } catch (java.net.URISyntaxException _) {
            // told below
        }
        read.problem(
                Setting.HEALTH_CHECK,
                "write http://HOST:PORT/PATH, https://…, tcp://HOST:PORT, grpc://HOST:PORT/SERVICE or exec:COMMAND");
        return new Probe.Tcp("localhost", 1, timeout);
    }

    private static Probe http(String scheme, String host, int port, String path, Duration timeout) {
        return new Probe.Http(scheme, host, port, path, new HashMap<>(), timeout);
    }

    private int port(URI uri, int otherwise) {
        if (uri.getPort() < 1 && otherwise == 0) {
            read.problem(Setting.HEALTH_CHECK, "has no port");
            return 1;
        }
        return uri.getPort() < 1 ? otherwise : uri.getPort();
    }

    private static String text(@Nullable Object value, String otherwise) {
        return value == null || value.toString().isEmpty() ? otherwise : value.toString();
    }

    private static Map<?, ?> map(@Nullable Object value) {
        return value instanceof Map<?, ?> map ? map : Map.of();
    }
}
