package dev.outrigger.stats;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/// How names that are not `[a-zA-Z_:][a-zA-Z0-9_:]*` are shown to a scraper that cannot read any UTF-8.
///
/// <https://prometheus.io/docs/instrumenting/escaping_schemes/>
enum Escaping {
    /// Names as they are, in quotes.
    ALLOW_UTF_8("allow-utf-8"),
    /// Whatever does not fit becomes `_`.
    UNDERSCORES("underscores"),
    /// As {@link #UNDERSCORES}, but `.` becomes `_dot_`, `_` becomes `__`.
    DOTS("dots"),
    /// `U__`, then `_` doubled and whatever does not fit as its code point, `_2e_`.
    VALUES("values");

    private final String word;

    Escaping(String word) {
        this.word = word;
    }

    /// As in the parameter `escaping` of a media type.
    String word() {
        return word;
    }

    /// What a scraper asked for; {@link #UNDERSCORES} when it said nothing that is known.
    static Escaping of(String word) {
        return switch (word.toLowerCase(Locale.ROOT)) {
            // The documentation has it without the second hyphen, the scrapers with it.
            case "allow-utf-8", "allow-utf8" -> ALLOW_UTF_8;
            case "dots" -> DOTS;
            case "values" -> VALUES;
            default -> UNDERSCORES;
        };
    }

    /// A name that every reader of this scheme takes.
    ///
    /// @param name bytes one to one, as between its quotes
    /// @param ofMetric whether `:` fits, which it does not in the name of a label
    String escape(String name, boolean ofMetric) {
        var isLegacy = isLegacy(name, ofMetric);
        return switch (this) {
            case ALLOW_UTF_8 -> name;
            case UNDERSCORES -> isLegacy ? name : replaced(name, ofMetric, false);
            case DOTS -> isLegacy && name.indexOf('_') < 0 ? name : replaced(name, ofMetric, true);
            case VALUES -> isLegacy && !name.startsWith("U__") ? name : values(name, ofMetric);
        };
    }

    /// Whether it needs no quotes.
    static boolean isLegacy(String name, boolean ofMetric) {
        for (var i = 0; i < name.length(); i++) {
            var letter = (byte) name.charAt(i);
            if (!Letters.startsName(letter, ofMetric) && (i == 0 || !Letters.isDigit(letter))) {
                return false;
            }
        }
        return !name.isEmpty();
    }

    private static String replaced(String name, boolean ofMetric, boolean dots) {
        var text = new StringBuilder();
        unquoted(name).codePoints().forEach(point -> {
            if (dots && point == '_') {
                text.append("__");
            } else if (dots && point == '.') {
                text.append("_dot_");
            } else if (fits(point, text.isEmpty(), ofMetric)) {
                text.appendCodePoint(point);
            } else {
                text.append(dots ? "__" : "_");
            }
        });
        return text.toString();
    }

    private static String values(String name, boolean ofMetric) {
        var text = new StringBuilder("U__");
        unquoted(name).codePoints().forEach(point -> {
            if (point == '_') {
                text.append("__");
            } else if (fits(point, false, ofMetric)) {
                text.appendCodePoint(point);
            } else {
                text.append('_').append(Integer.toHexString(point)).append('_');
            }
        });
        return text.toString();
    }

    private static boolean fits(int point, boolean first, boolean ofMetric) {
        return point < 128 && (Letters.startsName((byte) point, ofMetric) || (!first && Letters.isDigit((byte) point)));
    }

    private static String unquoted(String latin) {
        var text = new String(latin.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
        return text.indexOf('\\') < 0 ? text : translated(text);
    }

    /// The formats know three escapes; another backslash is itself.
    private static String translated(String text) {
        var translated = new StringBuilder();
        for (var i = 0; i < text.length(); i++) {
            var letter = text.charAt(i);
            var next = letter == '\\' && i + 1 < text.length() ? text.charAt(i + 1) : ' ';
            switch (next) {
                case '\\', '"' -> translated.append(next);
                case 'n' -> translated.append('\n');
                default -> translated.append(letter);
            }
            i += next == '\\' || next == '"' || next == 'n' ? 1 : 0;
        }
        return translated.toString();
    }
}
