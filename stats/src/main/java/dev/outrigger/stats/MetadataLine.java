package dev.outrigger.stats;

/// One line that begins with `#`. Used again for line after line; one thread.
final class MetadataLine {
    /// What the line says.
    enum Kind {
        TYPE,
        HELP,
        /// `# UNIT`, OpenMetrics only.
        UNIT,
        /// `# EOF`, the end of an OpenMetrics text.
        EOF,
        COMMENT,
        MALFORMED
    }

    private String name = "";
    private String value = "";

    /// Takes a line apart.
    ///
    /// @param to the line's end, without its newline
    Kind read(byte[] text, int from, int to) {
        var at = Letters.skipBlanks(text, from + 1, to);
        var wordTo = Letters.skipWord(text, at, to);
        var kind = switch (Letters.latin(text, at, Math.min(wordTo, at + 5))) {
            case "TYPE" -> Kind.TYPE;
            case "HELP" -> Kind.HELP;
            case "UNIT" -> Kind.UNIT;
            case "EOF" -> Kind.EOF;
            default -> Kind.COMMENT;
        };
        return switch (kind) {
            case TYPE, HELP, UNIT -> readName(text, Letters.skipBlanks(text, wordTo, to), to) ? kind : Kind.MALFORMED;
            default -> kind;
        };
    }

    /// Of the family; bytes one to one, without quotes.
    String name() {
        return name;
    }

    /// The type, or the help text with its escapes.
    String value() {
        return value;
    }

    /// How a family's name is written in a line of metadata.
    static String written(String name) {
        return Escaping.isLegacy(name, true) ? name : '"' + name + '"';
    }

    private boolean readName(byte[] text, int at, int to) {
        var isQuoted = at < to && text[at] == '"';
        var from = isQuoted ? at + 1 : at;
        var nameTo = isQuoted ? Letters.closingQuote(text, from, to) : Letters.skipName(text, at, to, true);
        if (nameTo <= from) {
            return false;
        }
        var nameEnd = isQuoted ? nameTo + 1 : nameTo;
        if (nameEnd < to && !Letters.isBlank(text[nameEnd])) {
            return false;
        }
        name = Letters.latin(text, from, nameTo);
        value = Letters.latin(text, Letters.skipBlanks(text, nameEnd, to), to);
        return true;
    }
}
