package dev.outrigger.stats;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Where the metrics come from. Only plain HTTP: the sources are on this machine.
///
/// @param envoy Envoy's Prometheus page, for example `http://127.0.0.1:15000/stats/prometheus`
/// @param applications metrics pages of the application
/// @param timeout limit of one source, when the scraper does not ask for a shorter one
/// @param filter what of them is shown
/// @param continuous whether Envoy's counters go on from what they were when another Envoy is started
public record StatsConfig(
        Optional<URI> envoy, List<URI> applications, Duration timeout, ScrapeFilter filter, boolean continuous) {
    /// Copies the list.
    ///
    /// @throws IllegalArgumentException when an address is no `http` URL, or the timeout is not above zero
    public StatsConfig {
        applications = List.copyOf(applications);
        envoy.ifPresent(StatsConfig::check);
        applications.forEach(StatsConfig::check);
        if (!timeout.isPositive()) {
            throw new IllegalArgumentException("scrape timeout " + timeout + " is not above 0s");
        }
    }

    private static void check(URI source) {
        if (!"http".equals(source.getScheme()) || source.getHost() == null) {
            throw new IllegalArgumentException(
                    "metrics source " + source + " is no http URL; write for example http://127.0.0.1:8080/metrics");
        }
    }
}
