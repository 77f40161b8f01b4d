package dev.outrigger.stats;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/// What a held source had.
///
/// @param families all that could be used
/// @param flaw why some are missing, or null
record HeldText(Collection<Family> families, @Nullable SourceException flaw) {
    /// Reads an answer to its end and takes it apart.
    ///
    /// When it breaks off, what was there stays, without the last line if that is not whole.
    ///
    /// @param get not open yet
    /// @throws SourceException when nothing of it can be used
    static HeldText fetch(HttpGet get, Budget.Lease lease) throws SourceException {
        get.open();
        var body = new Body(lease);
        var flaw = get.readInto(body);
        if (flaw != null || get.isUntilClosed()) {
            var lines = body.endOfLines();
            flaw = flaw == null && lines < body.size() ? new SourceException("broken off") : flaw;
            body.cutTo(lines);
        }
        if (!get.contentType().startsWith("application/openmetrics-text")) {
            return new HeldText(TextParser.parse(Source.APPLICATION, body), flaw);
        }
        var classic = new Body(lease);
        if (!OpenMetrics.rewrite(body, classic) && flaw == null) {
            flaw = new SourceException("broken off: no # EOF");
        }
        return new HeldText(TextParser.parse(Source.APPLICATION, classic), flaw);
    }
}
