package dev.outrigger.dns;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What the DNS proxy counts. All series exist from the start. Any thread.
final class DnsMetrics {
    /// How a query ended.
    enum Answer {
        TABLE,
        NODATA,
        CACHED,
        STALE,
        FORWARDED,
        SERVFAIL,
        FORMERR,
        NOTIMP,
        REFUSED,
        BADVERS,
        DROPPED;

        String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// Why one try to forward did not end in a usable reply.
    enum Failure {
        TIMEOUT,
        UNREACHABLE,
        GARBLED,
        SERVFAIL,
        REFUSED,
        LOOP,
        NO_NAMESERVER,
        OVERLOADED
    }

    private final MeterRegistry registry;
    private final Map<Answer, Counter> answers = new EnumMap<>(Answer.class);
    private final Map<Failure, Counter> failures = new EnumMap<>(Failure.class);
    private final Counter foreign;
    private final Counter prefetched;
    private final Timer forwards;
    private final Timer upstream;

    DnsMetrics(MeterRegistry registry) {
        this.registry = registry;
        for (var answer : Answer.values()) {
            answers.put(
                    answer, counter("outrigger.dns.queries", "Queries by how they ended", "answer", answer.label()));
        }
        for (var failure : Failure.values()) {
            failures.put(
                    failure,
                    counter(
                            "outrigger.dns.forward.failures",
                            "Tries to forward that failed",
                            "reason",
                            failure.name().toLowerCase(Locale.ROOT)));
        }
        foreign = Counter.builder("outrigger.dns.forward.foreign")
                .description("Datagrams that were no reply to a question under way: late, or forged")
                .register(registry);
        prefetched = Counter.builder("outrigger.dns.cache.prefetches")
                .description("Replies that were asked for anew before their time was over")
                .register(registry);
        forwards = Timer.builder("outrigger.dns.forward")
                .description("Time until a forwarded query was answered")
                .register(registry);
        upstream = Timer.builder("outrigger.dns.upstream")
                .description("Time until a nameserver replied to one try")
                .register(registry);
    }

    /// Adds what is looked at when somebody asks.
    ///
    /// @param age seconds since the last table came; NaN while there is none
    void showing(Supplier<Number> names, Supplier<Number> age, Supplier<Number> cached) {
        gauge("outrigger.dns.table.names", null, "Hosts answered without forwarding", names);
        gauge("outrigger.dns.table.age", "seconds", "Since the last name table came", age);
        gauge("outrigger.dns.cache.entries", null, "Replies that are kept", cached);
    }

    void answered(Answer answer) {
        increment(answers.get(answer));
    }

    void failed(Failure failure) {
        increment(failures.get(failure));
    }

    /// A datagram came that is no reply to what was asked.
    void foreign() {
        foreign.increment();
    }

    void prefetched() {
        prefetched.increment();
    }

    void upstreamAnswered(Duration took) {
        upstream.record(took);
    }

    Timer.Sample forwarding() {
        return Timer.start(registry);
    }

    void forwarded(Timer.Sample started) {
        started.stop(forwards);
    }

    private static void increment(@Nullable Counter counter) {
        if (counter == null) {
            throw new IllegalStateException("a counter is missing");
        }
        counter.increment();
    }

    private Counter counter(String name, String description, String label, String value) {
        return Counter.builder(name).description(description).tag(label, value).register(registry);
    }

    private void gauge(String name, @Nullable String unit, String description, Supplier<Number> value) {
        Gauge.builder(name, value)
                .baseUnit(unit)
                .description(description)
                .strongReference(true)
                .register(registry);
    }
}
