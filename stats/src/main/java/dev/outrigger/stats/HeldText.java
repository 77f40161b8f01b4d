package dev.outrigger.stats;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a held source had.
///
/// @param families all that could be used
/// @param messages the same, from sources that answer in protobuf
/// @param flaw why some are missing, or null
record HeldText(
        Collection<Family> families,
        Collection<ProtoFamily> messages,
        @Nullable SourceException flaw) {
    /// Reads an answer to its end and takes it apart.
    ///
    /// When it breaks off, what was there stays, without the last line if that is not whole.
    ///
    /// @param get not open yet
    /// @param shown what it is to be written in
    /// @param body where the answer is held as long as this is used
    /// @throws SourceException when nothing of it can be used
    static HeldText fetch(HttpGet get, Format shown, Body body) throws IOException {
        get.open();
        var flaw = get.readInto(body);
        if (get.contentType().startsWith("application/vnd.google.protobuf")) {
            if (!shown.isProtobuf()) {
                throw new SourceException("answers in protobuf, though text was asked for");
            }
            if (flaw != null) {
                throw flaw;
            }
            return new HeldText(List.of(), new ProtoParser(Source.APPLICATION, shown, body.lease()).parse(body), null);
        }
        if (flaw != null || get.isUntilClosed()) {
            var lines = body.endOfLines();
            flaw = flaw == null && lines < body.size() ? new SourceException("broken off") : flaw;
            body.cutTo(lines);
        }
        var isOpen = get.contentType().startsWith("application/openmetrics-text");
        var parsed = TextParser.parse(Source.APPLICATION, body, isOpen, shown);
        if (isOpen && !parsed.isWhole() && flaw == null) {
            flaw = new SourceException("broken off: no # EOF");
        }
        return new HeldText(parsed.families(), List.of(), flaw);
    }

    /// What is shown of it.
    HeldText filtered(ScrapeFilter filter, Budget.Lease lease) throws SourceException {
        var kept = new ArrayList<ProtoFamily>();
        for (var family : messages) {
            if (filter.keeps(family.name())) {
                kept.add(family);
            }
        }
        return new HeldText(filtered(families, filter, lease), kept, flaw);
    }

    /// All of it as messages.
    Collection<ProtoFamily> asMessages(Budget.Lease lease) throws IOException {
        var all = new ArrayList<>(messages);
        for (var family : families) {
            all.add(ProtoText.of(family, lease));
        }
        return all;
    }

    /// The families that a filter shows, with the labels it shows.
    static Collection<Family> filtered(Collection<Family> families, ScrapeFilter filter, Budget.Lease lease)
            throws SourceException {
        var kept = new ArrayList<Family>();
        for (var family : families) {
            if (filter.keeps(family.name())) {
                kept.add(
                        filter.labels().isEmpty()
                                ? family
                                : Sums.of(family, filter.labels().get(), lease));
            }
        }
        return kept;
    }
}
