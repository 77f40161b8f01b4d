package dev.outrigger.stats;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;

/// One answer to a scraper. Nothing is fetched and nothing is held before {@link #writeTo}; one thread, once.
public final class Scrape {
    private static final int GATHERED_BYTES = 32 << 10;

    private final Format format;
    private final Encoding encoding;
    private final Writer writer;

    Scrape(Format format, Encoding encoding, Writer writer) {
        this.format = format;
        this.encoding = encoding;
        this.writer = writer;
    }

    /// Fetches, merges and writes.
    interface Writer {
        void writeTo(OutputStream out) throws IOException;
    }

    /// Value of the Content-Type header.
    public String contentType() {
        return format.contentType();
    }

    /// Value of the Content-Encoding header; empty when the answer is not compressed.
    public Optional<String> contentEncoding() {
        return encoding == Encoding.IDENTITY ? Optional.empty() : Optional.of(encoding.word());
    }

    /// Fetches all sources and writes the merged answer while Envoy's part is still arriving, at most 192 KiB a
    /// write. The stream is closed at the end; when something fails it is not, so that half an answer does not
    /// look whole.
    ///
    /// @throws IOException when `out` fails; never because of a source
    public void writeTo(OutputStream out) throws IOException {
        var compressed = encoding.over(out);
        var gathered = new Gathered(compressed, GATHERED_BYTES);
        writer.writeTo(gathered);
        gathered.flush();
        compressed.close();
    }
}
