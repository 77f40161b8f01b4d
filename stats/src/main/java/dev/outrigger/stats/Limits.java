package dev.outrigger.stats;

import java.time.Duration;
import java.util.Optional;

/// How long one scrape may take.
///
/// A source that hangs takes its limit in full, and then Envoy's text still has to be passed on, so that the whole
/// needs more than each source. A tenth of the scraper's patience, at most a second, is left for the way to it.
///
/// @param each until a source must have answered; a held one in full, Envoy with the head of its answer
/// @param whole until all must have been read
record Limits(Duration each, Duration whole) {
    private static final Duration MOST_MARGIN = Duration.ofSeconds(1);

    static Limits of(Duration timeout, Optional<Duration> patience) {
        var longest = timeout.plus(timeout);
        var whole = patience.map(wait ->
                        min(longest, wait.minus(min(MOST_MARGIN, Duration.ofMillis(wait.toMillis() / 10)))))
                .orElse(longest);
        return new Limits(min(timeout, Duration.ofMillis(whole.toMillis() * 4 / 5)), whole);
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }
}
