package dev.outrigger.xds;

import static dev.outrigger.xds.Messages.CDS;
import static dev.outrigger.xds.Messages.EDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrigger.testkit.FakeScheduler;
import dev.outrigger.xds.XdsTrouble.Kind;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WatchdogTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final FakeScheduler time = new FakeScheduler(START);
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final List<XdsTrouble> now = new ArrayList<>();

    @Test
    void eachTroubleIsCountedOnceForAsLongAsItLasts() {
        try (var watchdog = start(LIMIT)) {
            now.add(trouble(CDS, "first reason"));
            time.advance(Duration.ofSeconds(20));
            now.set(0, trouble(CDS, "later reason"));
            now.add(trouble(EDS, "silent"));
            time.advance(Duration.ofSeconds(5));

            assertThat(watchdog.troubles()).containsExactlyElementsOf(now);
            assertThat(count("Cluster")).isEqualTo(1);
            assertThat(count("ClusterLoadAssignment")).isEqualTo(1);

            now.clear();
            time.advance(Duration.ofSeconds(5));
            assertThat(watchdog.troubles()).isEmpty();

            now.add(trouble(CDS, "again"));
            time.advance(Duration.ofSeconds(5));
            assertThat(count("Cluster")).isEqualTo(2);
        }
    }

    @Test
    void itStopsLookingWhenClosedAndNeverLooksWithoutALimit() {
        start(LIMIT).close();
        assertThat(time.pending()).isEmpty();

        try (var _ = start(Duration.ZERO)) {
            assertThat(time.pending()).isEmpty();
        }
    }

    private Watchdog start(Duration limit) {
        return Watchdog.start((_, _) -> List.copyOf(now), limit, time, time, new XdsMetrics(registry));
    }

    private double count(String type) {
        return registry.get("outrigger.xds.troubles")
                .tag("type", type)
                .tag("kind", "silence")
                .counter()
                .count();
    }

    private static XdsTrouble trouble(String typeUrl, String reason) {
        return new XdsTrouble(1, typeUrl, Kind.SILENCE, START, reason);
    }
}
