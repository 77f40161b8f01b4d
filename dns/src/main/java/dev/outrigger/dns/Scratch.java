package dev.outrigger.dns;

import java.nio.ByteBuffer;

/// Memory for one message at a time, which all of a loop share: what is in it is good until the next call
/// to anything. Owned by that loop.
///
/// @param direct for the kernel
/// @param array for us
@SuppressWarnings("ArrayRecordComponent") // a place, not a value
record Scratch(ByteBuffer direct, byte[] array) {
    static Scratch allocate() {
        return new Scratch(ByteBuffer.allocateDirect(Wire.MAX_MESSAGE_BYTES), new byte[Wire.MAX_MESSAGE_BYTES]);
    }
}
