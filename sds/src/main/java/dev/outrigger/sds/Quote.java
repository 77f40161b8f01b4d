package dev.outrigger.sds;

/// What others wrote, fit for a message: cut, and without characters that would break a line.
final class Quote {
    private static final int MOST_SHOWN = 300;

    private Quote() {}

    static String of(String text) {
        var shown = text.length() > MOST_SHOWN ? text.substring(0, MOST_SHOWN) + "..." : text;
        return shown.chars().anyMatch(Character::isISOControl)
                ? shown.replaceAll("[\\p{Cntrl}\\x80-\\x9f]", "?")
                : shown;
    }

    /// Libraries wrap the telling message once or twice.
    static String reason(Throwable error) {
        var text = error.getMessage() == null ? error.getClass().getSimpleName() : error.getMessage();
        var cause = error.getCause();
        return cause == null || cause.getMessage() == null || text.contains(cause.getMessage())
                ? of(text)
                : of(text + ": " + cause.getMessage());
    }
}
