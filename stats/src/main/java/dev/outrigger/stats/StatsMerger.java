package dev.outrigger.stats;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;

/// Merges the metrics of Envoy, the application and the agent into one scrape. Any thread.
public final class StatsMerger {
    private final PrometheusMeterRegistry registry;

    /// @param config where the other metrics are
    /// @param registry the agent's own metrics; the merger's are added to it
    public StatsMerger(StatsConfig config, PrometheusMeterRegistry registry) {
        this.registry = registry;
    }

    /// Answers one scraper; does not wait for any source yet.
    public Scrape scrape(ScrapeRequest request) {
        return new Scrape(out -> registry.scrape(out, "text/plain; version=0.0.4; charset=utf-8"));
    }
}
