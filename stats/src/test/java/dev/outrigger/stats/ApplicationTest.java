package dev.outrigger.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.MockClock;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import org.junit.jupiter.api.Test;

class ApplicationTest {
    private static final Duration LIMIT = Duration.ofSeconds(5);
    private static final HeldText GOOD = new HeldText(List.of(), List.of(), null);

    private final MockClock clock = new MockClock();
    private final Budget budget = new Budget(10 << 20);
    private final Application application = new Application(URI.create("http://127.0.0.1:1/metrics"));

    @Test
    void whileItDoesWellAllMayAskAtOnce() throws Exception {
        ask(LIMIT, () -> ask(LIMIT, () -> GOOD));

        assertThat(application.expectedBytes()).isPositive();
    }

    @Test
    void oneThatFailedIsAskedByOneAtATimeUntilItDoesWell() throws Exception {
        assertThatThrownBy(() -> ask(LIMIT, this::broken)).hasMessage("broken");

        ask(LIMIT, () -> {
            assertThatThrownBy(() -> ask(LIMIT, () -> GOOD)).hasMessageContaining("another scrape is asking it");
            return GOOD;
        });

        ask(LIMIT, () -> ask(LIMIT, () -> GOOD));
    }

    @Test
    void nothingIsReservedForOneThatFails() {
        assertThatThrownBy(() -> ask(LIMIT, this::broken)).hasMessage("broken");

        assertThat(application.expectedBytes()).isZero();
    }

    @Test
    void oneThatWasTooSlowForAShortLimitIsStillAskedByThosePatient() throws Exception {
        var hasty = Duration.ofMillis(1);
        assertThatThrownBy(() -> ask(hasty, () -> late(hasty))).hasMessage("too slow");

        ask(LIMIT, () -> {
            assertThatThrownBy(() -> ask(hasty, () -> GOOD)).hasMessageContaining("another scrape is asking it");
            return ask(LIMIT, () -> GOOD);
        });
    }

    @Test
    void aScrapeThatEndedEarlySaysNothingAboutIt() throws Exception {
        var lease = budget.lease();
        assertThatThrownBy(() -> application.ask(LIMIT, Deadline.in(clock, LIMIT), lease, () -> {
                    lease.close();
                    return broken();
                }))
                .hasMessage("broken");

        ask(LIMIT, () -> ask(LIMIT, () -> GOOD));
    }

    @Test
    void whatAFailedOneHeldIsGivenBackAtOnce() {
        assertThatThrownBy(() -> {
                    var lease = budget.lease();
                    application.ask(LIMIT, Deadline.in(clock, LIMIT), lease, () -> {
                        lease.take(10 << 20);
                        return broken();
                    });
                })
                .hasMessage("broken");

        assertThat(budget.lease()).satisfies(lease -> lease.take(10 << 20));
    }

    private HeldText ask(Duration limit, Application.Question question) throws IOException {
        return application.ask(limit, Deadline.in(clock, limit), budget.lease(), question);
    }

    private HeldText broken() throws SourceException {
        throw new SourceException("broken");
    }

    private HeldText late(Duration limit) throws SourceException {
        clock.add(limit);
        throw new SourceException("too slow");
    }

    @Test
    void memoryIsKeptForOneScrapeAtATimeUnlessItIsLarge() {
        application.giveSpare(new byte[100]);
        application.giveSpare(new byte[50]);

        assertThat(application.takeSpare()).hasSize(100);
        assertThat(application.takeSpare()).isEmpty();
        application.giveSpare(new byte[2 << 20]);
        assertThat(application.takeSpare()).isEmpty();
    }

    @Test
    void nothingOfALongerAnswerBeforeIsSeenInTheNext() throws Exception {
        var pages = new ArrayDeque<>(List.of("a{x=\"1\"} 1\nb 2\nc{y=\"ü\"} 3\n", "a 1", "b 2\n"));
        try (var server = MetricsServer.with(exchange -> MetricsServer.answer(
                exchange, 200, MetricsServer.TEXT, pages.remove().getBytes(StandardCharsets.UTF_8)))) {
            var merger = MergerUnderTest.ofApplications(server.uri());

            assertThat(merger.foreign()).isEqualTo("a{x=\"1\"} 1\nb 2\nc{y=\"ü\"} 3\n");
            assertThat(merger.foreign()).isEqualTo("a 1\n");
            assertThat(merger.foreign()).isEqualTo("b 2\n");
        }
    }
}
