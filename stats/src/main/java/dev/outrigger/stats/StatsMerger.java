package dev.outrigger.stats;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.function.LongSupplier;

/// Merges the metrics of Envoy, the application and the agent into one scrape that Prometheus can read whole. Any
/// thread.
///
/// All sources are asked at once. The application's and the agent's answers are held, at most 10 MiB each and 24
/// MiB over all scrapes; what an application held before is reserved for it, so that one cannot take the others'
/// part. Envoy's answer, which can be far larger, is passed on as it comes. A source that fails is left out and
/// counted; while it fails, only one scrape at a time asks it. Of one family, Envoy's samples come first, then
/// the applications' in their order, then the agent's.
///
/// The formats are those of <https://prometheus.io/docs/instrumenting/exposition_formats/>, by what the scraper
/// accepts.
public final class StatsMerger {
    private final StatsConfig config;
    private final PrometheusMeterRegistry registry;
    private final StatsMetrics metrics;
    private final SourceHealth health;
    private final Continuity continuity;
    private final Holdings holdings;

    /// @param config where the other metrics are
    /// @param registry the agent's own metrics, whose clock the limits go by; the merger's are added to it
    /// @param envoyEnds how many times an Envoy has ended so far: what the next one counts begins at zero
    public StatsMerger(StatsConfig config, PrometheusMeterRegistry registry, LongSupplier envoyEnds) {
        this.continuity = new Continuity(envoyEnds);
        this.config = config;
        this.holdings = Holdings.of(config.applications());
        this.registry = registry;
        this.metrics = new StatsMetrics(registry);
        this.health = new SourceHealth(metrics);
    }

    /// Answers one scraper; does not ask any source yet.
    public Scrape scrape(ScrapeRequest request) {
        var limits = Limits.of(config.timeout(), request.patience());
        var format = Negotiation.format(request.accept());
        return new Scrape(format, Negotiation.encoding(request.acceptEncoding()), out -> write(format, limits, out));
    }

    /// The same for one who passes it on while it comes, and who says itself when that takes too long.
    ///
    /// @param more how much longer all of it may take for that; otherwise Envoy would be blamed
    Scrape export(ScrapeRequest request, Duration more) {
        var usual = Limits.of(config.timeout(), request.patience());
        var limits = new Limits(usual.each(), usual.whole().plus(more));
        var format = Negotiation.format(request.accept());
        return new Scrape(format, Encoding.IDENTITY, out -> write(format, limits, out));
    }

    private void write(Format format, Limits limits, OutputStream out) throws IOException {
        var clock = registry.config().clock();
        try (var merge = new Merge(config, format, limits, metrics, health, clock, holdings)) {
            merge.write(registry, config.continuous() ? continuity : null, out);
        }
    }
}
