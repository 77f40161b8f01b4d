package dev.outrigger.xds;

import java.util.zip.CRC32;

/// Hashes names without copying them. Not thread safe.
///
/// CRC32, and not CRC32C, because only of that one the JVM's first compiler, which is all that the agent runs
/// with, has a fast version.
final class NameHash {
    private final CRC32 crc = new CRC32();

    int of(byte[] text, int from, int to) {
        crc.reset();
        crc.update(text, from, to - from);
        return (int) crc.getValue();
    }

    /// Place of a hash in an index of `2^bits` slots.
    static int slot(int hash, int bits) {
        return (hash * 0x9E3779B9) >>> (Integer.SIZE - bits); // Fibonacci hashing: all bits count
    }

    /// Bits of an index in which `count` names leave half of the slots free at least.
    static int bits(int count) {
        return Integer.SIZE - Integer.numberOfLeadingZeros(Math.max(2, count) * 2 - 1);
    }
}
