package dev.outrigger.agent.proc;

/// Whole numbers, without a regular expression: they are on the way of each start, where compiling one costs more than
/// all numbers.
public final class Digits {
    public static final long NONE = -1;

    private Digits() {}

    /// @param most digits, up to 18
    /// @return {@link #NONE} for anything but so many ASCII digits
    public static long parse(String text, int most) {
        if (text.isEmpty() || text.length() > most) {
            return NONE;
        }
        for (var i = 0; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return NONE;
            }
        }
        return Long.parseLong(text);
    }
}
