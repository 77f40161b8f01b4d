package dev.outrigger.stats;

import java.io.IOException;
import java.io.OutputStream;

/// One answer to a scraper. Nothing is fetched and nothing is held before {@link #writeTo}; one thread, once.
public final class Scrape {
    /// What is always answered.
    static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final Writer writer;

    Scrape(Writer writer) {
        this.writer = writer;
    }

    /// Fetches, merges and writes.
    interface Writer {
        void writeTo(OutputStream out) throws IOException;
    }

    /// Value of the Content-Type header.
    public String contentType() {
        return CONTENT_TYPE;
    }

    /// Fetches all sources and writes the merged text while Envoy's part is still arriving. The stream is flushed, not
    /// closed.
    ///
    /// @throws IOException when `out` fails; never because of a source
    public void writeTo(OutputStream out) throws IOException {
        writer.writeTo(out);
    }
}
