package dev.outrigger.agent.config;

import dev.outrigger.agent.http.LocalHttp;
import dev.outrigger.stats.OtlpConfig;
import dev.outrigger.stats.OtlpTls;
import dev.outrigger.stats.ScrapeFilter;
import dev.outrigger.stats.StatsConfig;
import java.net.URI;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The settings of the merged scrape, and of its export.
final class ScrapeSettings {
    private final Reader read;

    ScrapeSettings(Reader read) {
        this.read = read;
    }

    StatsConfig config() {
        var admin = read.address(Setting.ADMIN_ADDRESS);
        Optional<URI> envoy = read.isOn(Setting.NO_ENVOY)
                ? Optional.empty()
                : Optional.of(URI.create("http://" + LocalHttp.authority(admin) + "/stats/prometheus"));
        return new StatsConfig(
                envoy,
                read.uris(Setting.APPLICATION_METRICS),
                read.duration(Setting.SCRAPE_TIMEOUT),
                filter(),
                read.isOn(Setting.SCRAPE_CONTINUITY));
    }

    /// Where metrics are sent to, if anywhere.
    Optional<OtlpConfig> export() {
        var endpoint = read.text(Setting.OTLP_ENDPOINT);
        var resource = new HashMap<>(Map.of("service.name", "outrigger"));
        resource.putAll(read.pairs(Setting.OTLP_RESOURCE));
        var headers = read.pairs(Setting.OTLP_HEADER);
        var interval = read.duration(Setting.OTLP_INTERVAL);
        var timeout = read.duration(Setting.OTLP_TIMEOUT);
        var tls = exportTls();
        if (endpoint.isEmpty()) {
            return Optional.empty();
        }
        tls.roots()
                .ifPresent(file -> read.requireReadable(
                        Setting.OTLP_ROOTS, file, "give a PEM file with the roots of the collector"));
        tls.client().ifPresent(client -> {
            read.requireReadable(
                    Setting.OTLP_CLIENT_CERT, client.certificate(), "give a PEM file with this agent's certificate");
            read.requireReadable(
                    Setting.OTLP_CLIENT_KEY, client.key(), "give a PEM file with the key of otlp-client-cert");
        });
        return Optional.of(new OtlpConfig(URI.create(endpoint), tls, headers, resource, interval, timeout));
    }

    private OtlpTls exportTls() {
        var roots =
                read.text(Setting.OTLP_ROOTS).equals("system") ? Optional.<Path>empty() : read.path(Setting.OTLP_ROOTS);
        var certificate = read.path(Setting.OTLP_CLIENT_CERT);
        var key = read.path(Setting.OTLP_CLIENT_KEY);
        if (certificate.isPresent() != key.isPresent()) {
            read.problem(
                    certificate.isPresent() ? Setting.OTLP_CLIENT_CERT : Setting.OTLP_CLIENT_KEY,
                    "needs " + (certificate.isPresent() ? "otlp-client-key" : "otlp-client-cert") + ", too");
        }
        return new OtlpTls(roots, certificate.flatMap(chain -> key.map(own -> new OtlpTls.Client(chain, own))));
    }

    private ScrapeFilter filter() {
        var labels = read.texts(Setting.SCRAPE_LABELS);
        return new ScrapeFilter(
                read.patterns(Setting.SCRAPE_INCLUDE),
                read.patterns(Setting.SCRAPE_EXCLUDE),
                labels.isEmpty() ? Optional.empty() : Optional.of(Set.copyOf(labels)));
    }
}
