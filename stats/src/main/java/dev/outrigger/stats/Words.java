package dev.outrigger.stats;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Eight bytes at a time, the first one lowest: the agent's compiler has no vectors, and byte by byte the search for
/// newlines costs three times as much as copying.
final class Words {
    private static final VarHandle WORDS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long NEWLINES = 0x0a0a0a0a0a0a0a0aL;
    private static final long LOW = 0x7f7f7f7f7f7f7f7fL;

    private Words() {}

    /// @param at a multiple of eight
    static long at(byte[] text, int at) {
        return (long) WORDS.get(text, at);
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

    /// Which byte has the lowest bit that is set.
    static int firstMarked(long marks) {
        return Long.numberOfTrailingZeros(marks) >>> 3;
    }
}
