package dev.outrigger.stats;

import static java.lang.System.Logger.Level.DEBUG;
import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Counts failures and logs a source's first failure and its recovery, not every scrape. Any thread.
final class SourceHealth {
    private static final System.Logger log = System.getLogger(SourceHealth.class.getName());

    private final StatsMetrics metrics;
    private final Set<String> failing = ConcurrentHashMap.newKeySet();

    SourceHealth(StatsMetrics metrics) {
        this.metrics = metrics;
    }

    /// @param place the source's address, from the configuration
    void failed(Source source, String place, String reason) {
        metrics.failed(source);
        var level = failing.add(place) ? WARNING : DEBUG;
        log.log(level, "scrape is incomplete source={0} place={1} reason={2}", source.label(), place, reason);
    }

    void succeeded(Source source, String place) {
        if (failing.remove(place)) {
            log.log(INFO, "scrape is complete again source={0} place={1}", source.label(), place);
        }
    }
}
