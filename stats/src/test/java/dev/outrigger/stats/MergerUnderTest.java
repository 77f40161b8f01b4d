package dev.outrigger.stats;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// A merger with its registry, and what its counters say.
final class MergerUnderTest {
    final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    final StatsMerger merger;
    volatile long envoyEnds;

    private MergerUnderTest(StatsConfig config) {
        merger = new StatsMerger(config, registry, () -> envoyEnds);
    }

    static MergerUnderTest with(ScrapeFilter filter, boolean continuous, URI envoy, URI... applications) {
        return new MergerUnderTest(
                new StatsConfig(Optional.of(envoy), List.of(applications), Duration.ofSeconds(20), filter, continuous));
    }

    static MergerUnderTest of(Duration timeout, Optional<URI> envoy, URI... applications) {
        return new MergerUnderTest(new StatsConfig(envoy, List.of(applications), timeout, ScrapeFilter.NONE, false));
    }

    static MergerUnderTest of(URI envoy, URI... applications) {
        return of(Duration.ofSeconds(20), Optional.of(envoy), applications);
    }

    static MergerUnderTest ofApplications(URI... applications) {
        return of(Duration.ofSeconds(20), Optional.empty(), applications);
    }

    /// The whole answer.
    String scrape() throws IOException {
        return scrape(new ScrapeRequest("text/plain;version=0.0.4", "", Optional.empty()));
    }

    String scrape(ScrapeRequest request) throws IOException {
        return new String(bytes(request), StandardCharsets.UTF_8);
    }

    /// The whole answer in a format.
    String scrape(String accept) throws IOException {
        return scrape(new ScrapeRequest(accept, "", Optional.empty()));
    }

    byte[] bytes(ScrapeRequest request) throws IOException {
        var out = new ByteArrayOutputStream();
        merger.scrape(request).writeTo(out);
        return out.toByteArray();
    }

    /// The answer without the agent's own metrics.
    String foreign() throws IOException {
        var kept = new StringBuilder();
        scrape().lines()
                .filter(line -> !line.replaceFirst("^# (TYPE|HELP) ", "").startsWith("outrigger_"))
                .forEach(line -> kept.append(line).append('\n'));
        return kept.toString();
    }

    double failures(String source) {
        return registry.get("outrigger.scrape.failures")
                .tag("source", source)
                .counter()
                .count();
    }

    double dropped(String source, String reason) {
        return registry.get("outrigger.scrape.dropped.samples")
                .tags("source", source, "reason", reason)
                .counter()
                .count();
    }
}
