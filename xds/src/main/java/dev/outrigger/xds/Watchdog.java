package dev.outrigger.xds;

import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import dev.outrigger.xds.XdsTrouble.Kind;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/// Tells when a subscription or a push goes unanswered for too long, or a client refuses push after push: once
/// when it begins, once when it is over.
///
/// Its mutable fields are owned by the timer's task, which never runs twice at once; {@link #troubles} is a
/// snapshot for any thread.
final class Watchdog implements AutoCloseable {
    private static final System.Logger log = System.getLogger(Watchdog.class.getName());
    private static final Duration LONGEST_PACE = Duration.ofSeconds(5);
    private static final Duration SHORTEST_PACE = Duration.ofMillis(100);
    /// Looks within one limit, so that what is told is late by a sixth at most.
    private static final int LOOKS = 6;

    private final BiFunction<Instant, Duration, List<XdsTrouble>> look;
    private final Duration limit;
    private final InstantSource clock;
    private final XdsMetrics metrics;
    private Map<Key, XdsTrouble> known = Map.of();
    private volatile List<XdsTrouble> troubles = List.of();
    private @Nullable Future<?> task;

    private record Key(long stream, String typeUrl, Kind kind) {}

    private Watchdog(
            BiFunction<Instant, Duration, List<XdsTrouble>> look,
            Duration limit,
            InstantSource clock,
            XdsMetrics metrics) {
        this.look = look;
        this.limit = limit;
        this.clock = clock;
        this.metrics = metrics;
    }

    /// @param look tells what has gone on for longer than a limit
    /// @param limit zero: it never looks
    static Watchdog start(
            BiFunction<Instant, Duration, List<XdsTrouble>> look,
            Duration limit,
            ScheduledExecutorService timer,
            InstantSource clock,
            XdsMetrics metrics) {
        var watchdog = new Watchdog(look, limit, clock, metrics);
        if (!limit.isZero()) {
            var pace = pace(limit).toNanos();
            watchdog.task = timer.scheduleWithFixedDelay(watchdog::look, pace, pace, TimeUnit.NANOSECONDS);
        }
        return watchdog;
    }

    /// What goes on now, as of the last look.
    List<XdsTrouble> troubles() {
        return troubles;
    }

    @Override
    public void close() {
        if (task != null) {
            task.cancel(false);
        }
    }

    private static Duration pace(Duration limit) {
        var pace = Duration.ofMillis(limit.toMillis() / LOOKS);
        if (pace.compareTo(SHORTEST_PACE) < 0) {
            return SHORTEST_PACE;
        }
        return pace.compareTo(LONGEST_PACE) > 0 ? LONGEST_PACE : pace;
    }

    private void look() {
        var now = clock.instant();
        var found = new LinkedHashMap<Key, XdsTrouble>();
        look.apply(now, limit).forEach(it -> found.put(new Key(it.stream(), it.typeUrl(), it.kind()), it));
        found.forEach((key, trouble) -> {
            if (!known.containsKey(key)) {
                begins(trouble, now);
            }
        });
        known.forEach((key, trouble) -> {
            if (!found.containsKey(key)) {
                ends(trouble, now);
            }
        });
        known = found;
        troubles = List.copyOf(found.values());
    }

    private void begins(XdsTrouble trouble, Instant now) {
        metrics.troubled(trouble.typeUrl(), trouble.kind());
        log.log(
                WARNING,
                "xDS trouble: {0} stream={1} type={2} for={3}: {4}",
                name(trouble.kind()),
                Long.toString(trouble.stream()),
                trouble.typeUrl(),
                lasting(trouble, now),
                trouble.reason());
    }

    private static void ends(XdsTrouble trouble, Instant now) {
        log.log(
                INFO,
                "xDS trouble over: {0} stream={1} type={2} after={3}",
                name(trouble.kind()),
                Long.toString(trouble.stream()),
                trouble.typeUrl(),
                lasting(trouble, now));
    }

    private static String name(Kind kind) {
        return switch (kind) {
            case SILENCE -> "subscription unanswered";
            case NACK_LOOP -> "push after push refused";
            case UNANSWERED_PUSH -> "push unanswered";
            case WARMING -> "resource keeps warming";
        };
    }

    private static String lasting(XdsTrouble trouble, Instant now) {
        return Duration.between(trouble.since(), now).toSeconds() + "s";
    }
}
