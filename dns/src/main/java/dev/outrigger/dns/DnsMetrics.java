package dev.outrigger.dns;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/// What the DNS proxy counts. All series exist from the start.
final class DnsMetrics {
    /// How a query ended.
    enum Answer {
        TABLE,
        NODATA,
        FORWARDED,
        SERVFAIL,
        FORMERR,
        NOTIMP,
        REFUSED,
        BADVERS,
        DROPPED
    }

    /// Why one try to forward did not end in a usable reply.
    enum Failure {
        TIMEOUT,
        UNREACHABLE,
        GARBLED,
        SERVFAIL,
        REFUSED,
        NO_NAMESERVER,
        OVERLOADED
    }

    private final MeterRegistry registry;
    private final Map<Answer, Counter> answers = new EnumMap<>(Answer.class);
    private final Map<Failure, Counter> failures = new EnumMap<>(Failure.class);
    private final Timer forwards;

    DnsMetrics(MeterRegistry registry, Supplier<Number> names) {
        this.registry = registry;
        for (var answer : Answer.values()) {
            answers.put(answer, counter("outrigger.dns.queries", "Queries by how they ended", "answer", answer));
        }
        for (var failure : Failure.values()) {
            failures.put(
                    failure,
                    counter("outrigger.dns.forward.failures", "Tries to forward that failed", "reason", failure));
        }
        forwards = Timer.builder("outrigger.dns.forward")
                .description("Time until a forwarded query was answered")
                .register(registry);
        Gauge.builder("outrigger.dns.table.names", names)
                .description("Names answered without forwarding")
                .strongReference(true)
                .register(registry);
    }

    void answered(Answer answer) {
        counter(answers, answer).increment();
    }

    void failed(Failure failure) {
        counter(failures, failure).increment();
    }

    Timer.Sample forwarding() {
        return Timer.start(registry);
    }

    void forwarded(Timer.Sample started) {
        started.stop(forwards);
    }

    private Counter counter(String name, String description, String label, Enum<?> value) {
        return Counter.builder(name)
                .description(description)
                .tag(label, value.name().toLowerCase(Locale.ROOT))
                .register(registry);
    }

    private static <K extends Enum<K>> Counter counter(Map<K, Counter> counters, K key) {
        var counter = counters.get(key);
        if (counter == null) {
            throw new IllegalStateException("no counter for " + key);
        }
        return counter;
    }
}
