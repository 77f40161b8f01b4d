package dev.outrigger.stats;

import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Sends what a scrape would show to a collector of OpenTelemetry, now and then (OTLP over HTTP with protobuf,
/// <https://opentelemetry.io/docs/specs/otlp/>). All numbers are cumulative, so that an export that fails is made
/// good by the next; nothing is kept for it. A virtual thread of its own does all of it.
public final class OtlpExport implements AutoCloseable {
    private static final System.Logger log = System.getLogger(OtlpExport.class.getName());
    private static final ScrapeRequest REQUEST = new ScrapeRequest(
            "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
            "",
            Optional.empty());
    private static final long END_SECONDS = 2;

    private final OtlpConfig config;
    private final StatsMerger merger;
    private final Clock clock;
    private final Counter exports;
    private final Counter failures;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile @Nullable OtlpRequest current;
    /// Owned by the thread.
    private boolean failing;

    private OtlpExport(OtlpConfig config, StatsMerger merger, MeterRegistry registry) {
        this.config = config;
        this.merger = merger;
        this.clock = registry.config().clock();
        this.exports = counter(registry, "outrigger.otlp.exports", "Exports of metrics that a collector took");
        this.failures = counter(registry, "outrigger.otlp.export.failures", "Exports of metrics that failed");
    }

    /// Begins to export; the first time after one interval.
    ///
    /// @param merger what is sent, filtered as scrapes are
    /// @param registry gets the counters, and has the clock
    public static OtlpExport start(OtlpConfig config, StatsMerger merger, MeterRegistry registry) {
        var export = new OtlpExport(config, merger, registry);
        Thread.ofVirtual().name("otlp-export").start(export::run);
        log.log(INFO, "metrics are exported endpoint={0} every={1}", config.endpoint(), config.interval());
        return export;
    }

    /// Ends it; an export under way is waited for, two seconds at most, and then cut off.
    @Override
    public void close() {
        closing.countDown();
        try {
            var hasEnded = ended.await(END_SECONDS, TimeUnit.SECONDS);
            var exporting = current;
            if (!hasEnded && exporting != null) {
                exporting.abort();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            while (!closing.await(config.interval().toMillis(), TimeUnit.MILLISECONDS)) {
                export();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            ended.countDown();
        }
    }

    private void export() {
        try {
            var request = new OtlpRequest(config, clock);
            current = request;
            merger.export(REQUEST, config.timeout()).writeTo(new OtlpFamilies(request));
            exports.increment();
            if (failing) {
                log.log(INFO, "metrics are exported again endpoint={0}", config.endpoint());
            }
            failing = false;
        } catch (IOException | RuntimeException e) {
            failures.increment();
            if (!failing && closing.getCount() > 0) {
                log.log(
                        WARNING,
                        "metrics are not exported endpoint={0} reason={1}; tried again every {2}",
                        config.endpoint(),
                        e.getMessage(),
                        config.interval());
            }
            failing = true;
        }
    }

    private static Counter counter(MeterRegistry registry, String name, String help) {
        return Counter.builder(name).description(help).register(registry);
    }
}
