package dev.outrigger.agent.config;

import dev.outrigger.agent.http.LocalHttp;
import dev.outrigger.stats.ScrapeFilter;
import dev.outrigger.stats.StatsConfig;
import java.net.URI;
import java.util.Optional;
import java.util.Set;

/// The settings of the merged scrape.
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

    private ScrapeFilter filter() {
        var labels = read.texts(Setting.SCRAPE_LABELS);
        return new ScrapeFilter(
                read.patterns(Setting.SCRAPE_INCLUDE),
                read.patterns(Setting.SCRAPE_EXCLUDE),
                labels.isEmpty() ? Optional.empty() : Optional.of(Set.copyOf(labels)));
    }
}
