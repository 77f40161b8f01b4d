package dev.outrigger.stats;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Eight bytes at a time, the first one lowest: the agent's compiler has no vectors, and byte by byte the search
/// for newlines costs three times as much as copying.
final class Words {
    private static final VarHandle WORDS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long NEWLINES = 0x0a0a0a0a0a0a0a0aL;
    private static final long ONES = 0x0101010101010101L;
    private static final long LOW = 0x7f7f7f7f7f7f7f7fL;

    private Words() {}

    /// @param at with seven bytes behind it
    static long at(byte[] text, int at) {
        return (long) WORDS.get(text, at);
    }

    /// Four bytes.
    ///
    /// @param at with three bytes behind it
    static int four(byte[] text, int at) {
        return (int) INTS.get(text, at);
    }

    /// Writes eight bytes.
    static void put(byte[] into, int at, long word) {
        WORDS.set(into, at, word);
    }

    /// The same at the end of an array, with zeroes behind it.
    static long last(byte[] text, int at) {
        var word = 0L;
        for (var i = text.length - 1; i >= at; i--) {
            word = (word << 8) | (text[i] & 0xff);
        }
        return word;
    }

    /// Not zero when there are bytes above 127.
    static long notAscii(long word) {
        return word & ~LOW;
    }

    /// The highest bit of every byte that is a newline.
    static long newlines(long word) {
        var zeroed = word ^ NEWLINES;
        return ~(((zeroed & LOW) + LOW) | zeroed | LOW);
    }

    /// A hash of these bytes, good enough to tell series apart.
    static long hash(byte[] text, int from, int to) {
        var hash = to - from + 0x9E3779B97F4A7C15L;
        var at = from;
        for (; at + 8 <= to; at += 8) {
            hash = (hash ^ (long) WORDS.get(text, at)) * 0xff51afd7ed558ccdL;
            hash ^= hash >>> 32;
        }
        var rest = 0L;
        for (; at < to; at++) {
            rest = (rest << 8) | (text[at] & 0xff);
        }
        hash = (hash ^ rest) * 0xc4ceb9fe1a85ec53L;
        return hash ^ (hash >>> 29);
    }

    /// Which byte is the first of those that {@link #newlines} marked. The agent's compiler makes nothing good of
    /// {@link Long#numberOfTrailingZeros}: it took a third of a scrape.
    static int firstMarked(long marks) {
        var below = (marks & -marks) - 1;
        return (int) (((below & ONES) * ONES) >>> 56) - 1;
    }
}
