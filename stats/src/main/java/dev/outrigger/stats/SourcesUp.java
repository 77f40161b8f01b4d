package dev.outrigger.stats;

import java.net.URI;
import java.nio.charset.StandardCharsets;

/// Which sources are in this very scrape whole, as the family `outrigger_scrape_source_up`: 1, or 0 when
/// something of it is missing. The label `source` is that of the other metrics; `place` tells applications apart.
/// One thread.
final class SourcesUp {
    /// The family.
    static final String NAME = "outrigger_scrape_source_up";

    private final StringBuilder text = new StringBuilder()
            .append("# HELP " + NAME + " Whether a source is in this scrape whole\n")
            .append("# TYPE " + NAME + " gauge\n");

    /// Host, port and path of a source: never its user or query, which may be secret.
    static String place(URI uri) {
        var path = uri.getRawPath();
        return uri.getHost() + (uri.getPort() < 0 ? "" : ":" + uri.getPort()) + (path == null ? "" : path);
    }

    void add(Source source, String place, boolean up) {
        text.append(NAME).append("{source=\"").append(source.label()).append("\",place=\"");
        text.append(place).append("\"} ").append(up ? '1' : '0').append('\n');
    }

    /// The family, written in format 0.0.4.
    Body text() throws SourceException {
        var body = new Body(new Budget(Body.LIMIT).lease());
        var bytes = text.toString().getBytes(StandardCharsets.UTF_8);
        body.write(bytes, 0, bytes.length);
        return body;
    }
}
