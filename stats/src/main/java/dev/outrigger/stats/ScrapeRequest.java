package dev.outrigger.stats;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;

/// What a scraper asked for, as it came: nothing in it is trusted.
///
/// @param accept value of the Accept header, empty when there was none
/// @param acceptEncoding value of the Accept-Encoding header, empty when there was none
/// @param timeoutSeconds value of the X-Prometheus-Scrape-Timeout-Seconds header
public record ScrapeRequest(String accept, String acceptEncoding, Optional<String> timeoutSeconds) {
    private static final Pattern SECONDS = Pattern.compile("[0-9]{1,6}(\\.[0-9]{0,9})?");

    /// How long the scraper waits; empty when it did not say so in a way that makes sense.
    Optional<Duration> patience() {
        return timeoutSeconds
                .map(String::strip)
                .filter(text -> SECONDS.matcher(text).matches())
                .map(text -> Duration.ofMillis((long) (Double.parseDouble(text) * 1000)))
                .filter(Duration::isPositive);
    }
}
