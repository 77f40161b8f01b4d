package dev.outrigger.stats;

import dev.outrigger.stats.MetadataLine.Kind;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Takes a whole text apart into families. Strict: what Prometheus would refuse is refused, because a line it
/// does not like costs the whole scrape. Comments go. One thread, one text.
///
/// The samples have to be written as they will be shown ({@link Rewriting} sees to that); the metadata may be
/// that of either text format.
final class TextParser {
    private final Source source;
    private final Format shown;
    private final boolean open;
    private final byte[] text;
    private final int size;
    private final Budget.Lease lease;
    private final Map<String, Family> families = new LinkedHashMap<>();
    private final SampleLine sample = new SampleLine();
    private final MetadataLine metadata = new MetadataLine();
    private @Nullable Family current;
    /// Which one the last sample is of.
    private @Nullable Family last;
    private boolean ended;
    private boolean fits = true;

    private String openName = "";
    private @Nullable MetricType openType;
    private String openHelp = "";
    private String openUnit = "";

    private TextParser(Source source, Body body, boolean open, Format shown) {
        this.source = source;
        this.open = open;
        this.shown = shown;
        this.text = body.bytes();
        this.size = body.size();
        this.lease = body.lease();
    }

    /// What a text has.
    ///
    /// @param families in the order of their first lines
    /// @param isWhole whether an OpenMetrics text has its `# EOF`
    record Parsed(Collection<Family> families, boolean isWhole) {}

    /// The families of a text that is written in format 0.0.4 or 1.0.0 and shown as 0.0.4.
    ///
    /// @param body if its last line has no newline, it gets one
    /// @throws SourceException when a line is malformed
    static Collection<Family> parse(Source source, Body body) throws SourceException {
        return parse(source, body, false, Format.TEXT).families();
    }

    /// @param open whether the text is OpenMetrics
    /// @param shown what the families will be written in
    /// @throws SourceException when a line is malformed
    static Parsed parse(Source source, Body body, boolean open, Format shown) throws SourceException {
        if (body.size() > 0 && body.bytes()[body.size() - 1] != '\n') {
            body.write('\n');
        }
        if (open && !shown.isOpenMetrics()) {
            var classic = new Body(body.lease());
            var isWhole = OpenMetrics.rewrite(body, classic, shown);
            var families = new TextParser(source, classic, false, shown).parse();
            return new Parsed(families == null ? List.of() : families, isWhole);
        }
        if (open == shown.isOpenMetrics()) {
            var parser = new TextParser(source, body, open, shown);
            var families = parser.parse();
            if (families != null) {
                return new Parsed(families, parser.ended);
            }
        }
        var written = new Body(body.lease());
        Rewriting.rewrite(body, written, open, shown);
        var parser = new TextParser(source, written, open, shown);
        var families = parser.parse();
        if (families == null) {
            throw new IllegalStateException("a text that was written anew is not as it should be");
        }
        return new Parsed(families, parser.ended);
    }

    /// @return null when it has to be written anew to be shown in that format
    private @Nullable Collection<Family> parse() throws SourceException {
        var line = 1;
        var notAscii = 0L;
        var from = 0;
        for (var at = 0; at < size && !ended; at += 8) {
            var word = at + 8 <= text.length ? Words.at(text, at) : Words.last(text, at);
            notAscii |= Words.notAscii(word);
            for (var newlines = Words.newlines(word); newlines != 0; newlines &= newlines - 1) {
                var to = at + Words.firstMarked(newlines);
                if (to >= size || ended) {
                    break;
                }
                if ((notAscii != 0 && !Letters.isUtf8(text, from, to)) || !takeLine(from, to)) {
                    throw new SourceException("malformed: line " + line);
                }
                if (!fits) {
                    return null;
                }
                notAscii = Words.notAscii(word);
                from = to + 1;
                line++;
            }
        }
        families.values().removeIf(family -> family.size() == 0);
        return families.values();
    }

    private boolean takeLine(int from, int to) throws SourceException {
        if (from == to) {
            return true;
        }
        if (text[from] != '#') {
            return readSample(from, to);
        }
        return open ? readOpenMetadata(from, to) : readMetadata(from, to);
    }

    private boolean readMetadata(int from, int to) throws SourceException {
        return switch (metadata.read(text, from, to)) {
            case TYPE -> {
                var type = MetricType.of(metadata.value().strip());
                current = family(shownName());
                yield type != null && current.isNow(type);
            }
            case HELP -> {
                current = family(shownName());
                current.help(metadata.value());
                yield true;
            }
            case UNIT, EOF, COMMENT -> true;
            case MALFORMED -> false;
        };
    }

    private boolean readOpenMetadata(int from, int to) {
        var kind = metadata.read(text, from, to);
        ended |= kind == Kind.EOF;
        if (kind == Kind.TYPE || kind == Kind.HELP || kind == Kind.UNIT) {
            if (!openName.equals(metadata.name())) {
                openName = metadata.name();
                openType = null;
                openHelp = "";
                openUnit = "";
            }
            switch (kind) {
                case TYPE -> {
                    openType = MetricType.ofOpen(metadata.value().strip());
                    return openType != null;
                }
                case HELP -> openHelp = metadata.value().replace("\\\"", "\"");
                default -> openUnit = metadata.value().strip();
            }
        }
        return kind != Kind.MALFORMED;
    }

    private boolean readSample(int from, int to) throws SourceException {
        if (!sample.readNext(text, from, to) || !isShowable(to)) {
            return false;
        }
        if (!openName.isEmpty()) {
            announce();
        }
        if (current == null || !((sample.isLikeBefore() && current == last) || current.has(sample))) {
            current = owner(shown.escaping().escape(sample.name(), true));
        }
        last = current;
        current.add(sample);
        return true;
    }

    /// Whether the line is well-formed to its end; notes whether it {@link #fits}.
    private boolean isShowable(int to) {
        fits = !sample.isQuoted() || shown.allowsAnyName();
        if (shown.isOpenMetrics()) {
            fits = fits && sample.isStrict();
            return fits || sample.rest() == to || Exemplar.isOne(text, sample.rest(), to);
        }
        return sample.rest() == to && sample.hasWholeTimestamp();
    }

    private void announce() throws SourceException {
        var family = family(shown.escaping().escape(MetricType.nameOfOpen(openName, openType), true));
        if (openType == null || family.isNow(openType)) {
            family.help(openHelp);
            family.unit(openUnit);
            family.takesCreated();
            current = family;
        }
        openName = "";
    }

    private String shownName() {
        var name = metadata.name();
        fits &= shown.allowsAnyName() || Escaping.isLegacy(name, true);
        return shown.escaping().escape(name, true);
    }

    private Family owner(String name) throws SourceException {
        if (!families.containsKey(name)) {
            for (var suffix : OWNED) {
                var family =
                        name.endsWith(suffix) ? families.get(name.substring(0, name.length() - suffix.length())) : null;
                if (family != null && MetricType.suffixes(family.type()).contains(suffix)) {
                    return family;
                }
            }
        }
        return family(name);
    }

    private static final List<String> OWNED = owned();

    private static List<String> owned() {
        var suffixes = new ArrayList<>(MetricType.suffixes(MetricType.HISTOGRAM));
        suffixes.addAll(MetricType.suffixes(MetricType.GAUGE_HISTOGRAM));
        return List.copyOf(suffixes);
    }

    private Family family(String name) throws SourceException {
        var known = families.get(name);
        if (known != null) {
            return known;
        }
        var family = new Family(source, name, text, lease);
        families.put(name, family);
        return family;
    }
}
