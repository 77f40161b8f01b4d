package dev.outrigger.agent.config;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The variables of OpenTelemetry that say where metrics go, as settings. Those for metrics come before those for
/// all signals. <https://opentelemetry.io/docs/specs/otel/protocol/exporter/>,
/// <https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/>
final class OtelVariables {
    private static final String METRICS = "OTEL_EXPORTER_OTLP_METRICS_";
    private static final String ALL = "OTEL_EXPORTER_OTLP_";
    private static final String PROTOCOL = "http/protobuf";

    private final Map<String, String> environment;
    private final List<String> problems;
    private final Map<Setting, SettingValue> values = new EnumMap<>(Setting.class);

    private OtelVariables(Map<String, String> environment, List<String> problems) {
        this.environment = environment;
        this.problems = problems;
    }

    /// Nothing of it counts without an endpoint, or when it is turned off.
    ///
    /// @param problems gets what cannot be honoured
    static Map<Setting, SettingValue> read(Map<String, String> environment, List<String> problems) {
        var variables = new OtelVariables(environment, problems);
        if (!variables.isOff()) {
            variables.endpoint();
        }
        if (variables.values.containsKey(Setting.OTLP_ENDPOINT)) {
            variables.rest();
        }
        return variables.values;
    }

    private boolean isOff() {
        return text("OTEL_METRICS_EXPORTER").equals("none")
                || text("OTEL_SDK_DISABLED").equalsIgnoreCase("true");
    }

    private void endpoint() {
        if (!text(METRICS + "ENDPOINT").isEmpty()) {
            put(Setting.OTLP_ENDPOINT, METRICS + "ENDPOINT", List.of(text(METRICS + "ENDPOINT")));
        } else if (!text(ALL + "ENDPOINT").isEmpty()) {
            var base = text(ALL + "ENDPOINT");
            put(
                    Setting.OTLP_ENDPOINT,
                    ALL + "ENDPOINT",
                    List.of(base + (base.endsWith("/") ? "" : "/") + "v1/metrics"));
        }
    }

    private void rest() {
        var protocol = name("PROTOCOL");
        if (!text(protocol).isEmpty() && !text(protocol).equals(PROTOCOL)) {
            problems.add(protocol + "=" + text(protocol) + " (environment): only " + PROTOCOL + " is spoken; set "
                    + METRICS + "PROTOCOL=" + PROTOCOL
                    + " and the collector's port for HTTP, or OTEL_METRICS_EXPORTER=none");
        }
        file(Setting.OTLP_ROOTS, "CERTIFICATE");
        file(Setting.OTLP_CLIENT_CERT, "CLIENT_CERTIFICATE");
        file(Setting.OTLP_CLIENT_KEY, "CLIENT_KEY");
        var headers = pairs(ALL + "HEADERS");
        headers.putAll(pairs(METRICS + "HEADERS"));
        put(Setting.OTLP_HEADER, name("HEADERS"), texts(headers));
        var resource = pairs("OTEL_RESOURCE_ATTRIBUTES");
        if (!text("OTEL_SERVICE_NAME").isEmpty()) {
            resource.put("service.name", text("OTEL_SERVICE_NAME"));
        }
        put(Setting.OTLP_RESOURCE, "OTEL_RESOURCE_ATTRIBUTES", texts(resource));
        millis(Setting.OTLP_TIMEOUT, name("TIMEOUT"));
        millis(Setting.OTLP_INTERVAL, "OTEL_METRIC_EXPORT_INTERVAL");
    }

    private void file(Setting setting, String last) {
        if (!text(name(last)).isEmpty()) {
            put(setting, name(last), List.of(text(name(last))));
        }
    }

    private void millis(Setting setting, String name) {
        var text = text(name);
        if (text.matches("[0-9]{1,9}")) {
            put(setting, name, List.of(text + "ms"));
        } else if (!text.isEmpty()) {
            problems.add(name + "=" + text + " (environment): must be a whole number of milliseconds");
        }
    }

    /// `key=value,key=value`, percent-encoded as W3C Baggage is.
    private Map<String, String> pairs(String name) {
        var found = new LinkedHashMap<String, String>();
        for (var pair : text(name).split(",", -1)) {
            var equals = pair.indexOf('=');
            if (pair.isBlank()) {
                continue;
            }
            try {
                if (equals <= 0) {
                    throw new IllegalArgumentException("no =");
                }
                found.put(
                        decoded(pair.substring(0, equals)).strip(),
                        decoded(pair.substring(equals + 1)).strip());
            } catch (IllegalArgumentException e) {
                problems.add(name + " (environment): must be name=value,name=value, percent-encoded");
            }
        }
        return found;
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    private static List<String> texts(Map<String, String> pairs) {
        var texts = new ArrayList<String>();
        pairs.forEach((name, value) -> texts.add(name + "=" + value));
        return texts;
    }

    private void put(Setting setting, String name, List<String> texts) {
        if (!texts.isEmpty()) {
            values.put(setting, new SettingValue(texts, "environment " + name));
        }
    }

    /// The variable for metrics where it is set, else the one for all signals.
    private String name(String last) {
        return text(METRICS + last).isEmpty() ? ALL + last : METRICS + last;
    }

    private String text(String name) {
        return environment.getOrDefault(name, "").strip();
    }
}
