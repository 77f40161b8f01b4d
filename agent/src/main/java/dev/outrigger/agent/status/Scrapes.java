package dev.outrigger.agent.status;

import dev.outrigger.stats.ScrapeRequest;
import dev.outrigger.stats.StatsMerger;
import java.io.IOException;
import java.io.OutputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// Answers scrapes over whatever carries them. Any thread; an answer takes as long as the scraper and the sources
/// let it, within the limits of `scrape-timeout` for the sources.
final class Scrapes {
    private final StatsMerger stats;

    Scrapes(StatsMerger stats) {
        this.stats = stats;
    }

    /// One request for a scrape.
    interface Asked {
        /// Value of a header.
        ///
        /// @param name in lower case
        Optional<String> header(String name);

        /// Begins the answer, with status 200 and a length that is not known.
        ///
        /// @return where the body goes, at most 192 KiB a write; closed only when all of it was written
        OutputStream answer(Map<String, String> headers) throws IOException;
    }

    /// Answers.
    ///
    /// @throws IOException when the scraper goes away: what was written is no whole answer then
    void answer(Asked asked) throws IOException {
        var scrape = stats.scrape(new ScrapeRequest(
                asked.header("accept").orElse(""),
                asked.header("accept-encoding").orElse(""),
                asked.header("x-prometheus-scrape-timeout-seconds")));
        var headers = new LinkedHashMap<String, String>();
        headers.put("Content-Type", scrape.contentType());
        scrape.contentEncoding().ifPresent(encoding -> headers.put("Content-Encoding", encoding));
        headers.put("Vary", "Accept, Accept-Encoding");
        scrape.writeTo(asked.answer(headers));
    }
}
