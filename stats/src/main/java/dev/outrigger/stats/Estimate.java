package dev.outrigger.stats;

/// How many bytes something will hold, by what it held before. Any thread.
final class Estimate {
    private static final int LEAST = 64 << 10;

    private int bytes = LEAST;

    synchronized int bytes() {
        return bytes;
    }

    /// Formats differ in what they hold: the estimate follows a larger one at once and falls by an eighth a time.
    ///
    /// @param most what was held this time
    synchronized void learn(int most) {
        bytes = Math.max(LEAST, Math.max(most + most / 8, bytes - bytes / 8));
    }
}
