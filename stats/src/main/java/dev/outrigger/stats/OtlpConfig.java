package dev.outrigger.stats;

import java.net.URI;
import java.time.Duration;
import java.util.Map;

/// Where metrics are sent to by OTLP over HTTP.
///
/// @param endpoint the whole address, for example `http://127.0.0.1:4318/v1/metrics`
/// @param tls to an `https` endpoint; its files are read for each request
/// @param headers of each request; their values may be secret
/// @param resource attributes of what the metrics are of, with `service.name`
/// @param interval from one export to the next
/// @param timeout of all requests of one export together
public record OtlpConfig(
        URI endpoint,
        OtlpTls tls,
        Map<String, String> headers,
        Map<String, String> resource,
        Duration interval,
        Duration timeout) {
    /// Copies the maps.
    ///
    /// @throws IllegalArgumentException when the endpoint is no http or https URL, or a time is not above zero
    public OtlpConfig {
        headers = Map.copyOf(headers);
        resource = Map.copyOf(resource);
        var scheme = String.valueOf(endpoint.getScheme());
        if ((!scheme.equals("http") && !scheme.equals("https")) || endpoint.getHost() == null) {
            throw new IllegalArgumentException("otlp-endpoint " + endpoint
                    + " is no http or https URL; write for example http://127.0.0.1:4318/v1/metrics");
        }
        headers.forEach((name, value) -> {
            if ((name + value).chars().anyMatch(letter -> letter < ' ' || letter == 127) || name.isBlank()) {
                throw new IllegalArgumentException("otlp-header " + name.replaceAll("\\p{Cntrl}", "?")
                        + ": a header has a name, and no control characters");
            }
        });
        if (!interval.isPositive() || !timeout.isPositive()) {
            throw new IllegalArgumentException("otlp-interval and otlp-timeout must be above 0s");
        }
    }

    @Override
    public String toString() {
        return "OtlpConfig[endpoint=" + endpoint + ", tls=" + tls + ", headers=" + headers.keySet() + ", resource="
                + resource + ", interval=" + interval + ", timeout=" + timeout + "]";
    }
}
