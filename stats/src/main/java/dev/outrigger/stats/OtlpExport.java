package dev.outrigger.stats;

import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Sends what a scrape would show to a collector of OpenTelemetry, now and then and when it is closed (OTLP over
/// HTTP with protobuf, <https://opentelemetry.io/docs/specs/otlp/>). All numbers are cumulative, so that an
/// export that fails is made good by the next; nothing is kept for it. A virtual thread of its own does all of
/// it.
public final class OtlpExport implements AutoCloseable {
    private static final System.Logger log = System.getLogger(OtlpExport.class.getName());
    private static final ScrapeRequest REQUEST = new ScrapeRequest(
            "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
            "",
            Optional.empty());
    private static final Duration END = Duration.ofSeconds(2);

    private final OtlpConfig config;
    private final StatsMerger merger;
    private final Clock clock;
    private final Counter exports;
    private final Counter failures;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile @Nullable OtlpRequest current;
    private volatile boolean aborted;
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

    /// Ends it with an export of what there is now, since a short life may have had none; waits for that and for
    /// one under way two seconds at most, and cuts them off then.
    @Override
    public void close() {
        closing.countDown();
        try {
            var hasEnded = ended.await(END.toMillis(), TimeUnit.MILLISECONDS);
            aborted = true;
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
                export(config.timeout(), false);
            }
            export(END.compareTo(config.timeout()) < 0 ? END : config.timeout(), true);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            ended.countDown();
        }
    }

    private void export(Duration limit, boolean isLast) {
        try {
            var request = new OtlpRequest(config, clock, limit);
            current = request;
            if (aborted) {
                request.abort();
            }
            merger.export(REQUEST, limit).writeTo(new OtlpFamilies(request));
            exports.increment();
            if (failing) {
                log.log(INFO, "metrics are exported again endpoint={0}", config.endpoint());
            }
            failing = false;
        } catch (IOException | RuntimeException e) {
            failures.increment();
            if (isLast || !failing) {
                log.log(
                        WARNING,
                        "metrics are not exported endpoint={0} reason={1}; {2}",
                        config.endpoint(),
                        e.getMessage(),
                        isLast ? "the last of this agent are lost" : "tried again every " + config.interval());
            }
            failing = true;
        }
    }

    private static Counter counter(MeterRegistry registry, String name, String help) {
        return Counter.builder(name).description(help).register(registry);
    }
}
