package dev.outrigger.dns;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// Memory for one message at a time, made when it is first asked for: what is in it is good until the next call to
/// anything. Owned by one event loop.
final class Scratch {
    private @Nullable ByteBuffer direct;
    private byte @Nullable [] array;

    /// Memory for the kernel.
    ByteBuffer direct() {
        var made = direct;
        if (made == null) {
            made = ByteBuffer.allocateDirect(Wire.MAX_MESSAGE_BYTES);
            direct = made;
        }
        return made;
    }

    /// Memory for us.
    byte[] array() {
        var made = array;
        if (made == null) {
            made = new byte[Wire.MAX_MESSAGE_BYTES];
            array = made;
        }
        return made;
    }
}
