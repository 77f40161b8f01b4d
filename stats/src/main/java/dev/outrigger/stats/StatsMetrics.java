package dev.outrigger.stats;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/// What the merger counts. All series exist from the start. Any thread.
final class StatsMetrics {
    /// Why samples of a source are not in the answer.
    enum Reason {
        /// Another source has a family of that name and another type.
        CONFLICT,
        /// The series was there before.
        DUPLICATE,
        /// The line is none that Prometheus would read.
        MALFORMED
    }

    private final Map<Source, Counter> failures = new EnumMap<>(Source.class);
    private final Map<Source, Timer> durations = new EnumMap<>(Source.class);
    private final Map<Source, Map<Reason, Counter>> dropped = new EnumMap<>(Source.class);

    StatsMetrics(MeterRegistry registry) {
        for (var source : Source.values()) {
            failures.put(
                    source,
                    Counter.builder("outrigger.scrape.failures")
                            .description("Scrapes that a source was missing from, in whole or in part")
                            .tag("source", source.label())
                            .register(registry));
            durations.put(
                    source,
                    Timer.builder("outrigger.scrape.duration")
                            .description("Time until a source was read to its end")
                            .tag("source", source.label())
                            .register(registry));
            dropped.put(source, reasons(registry, source));
        }
    }

    void failed(Source source) {
        count(failures, source).increment();
    }

    void took(Source source, Duration time) {
        var timer = durations.get(source);
        if (timer != null) {
            timer.record(time);
        }
    }

    void dropped(Source source, Reason reason, int samples) {
        count(dropped.getOrDefault(source, Map.of()), reason).increment(samples);
    }

    private static <K> Counter count(Map<K, Counter> counters, K key) {
        var counter = counters.get(key);
        if (counter == null) {
            throw new IllegalStateException("no counter for " + key);
        }
        return counter;
    }

    private static Map<Reason, Counter> reasons(MeterRegistry registry, Source source) {
        var counters = new EnumMap<Reason, Counter>(Reason.class);
        for (var reason : Reason.values()) {
            counters.put(
                    reason,
                    Counter.builder("outrigger.scrape.dropped.samples")
                            .description("Samples left out of merged scrapes")
                            .tag("source", source.label())
                            .tag("reason", reason.name().toLowerCase(java.util.Locale.ROOT))
                            .register(registry));
        }
        return counters;
    }
}
