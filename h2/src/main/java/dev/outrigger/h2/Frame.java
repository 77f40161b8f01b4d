package dev.outrigger.h2;

import io.netty.buffer.ByteBuf;

/// Types, flags and layout of HTTP/2 frames. Source: RFC 9113, sections 4 and 6.
final class Frame {
    static final int HEAD = 9;
    static final int DATA = 0;
    static final int HEADERS = 1;
    static final int RST_STREAM = 3;
    static final int SETTINGS = 4;
    static final int PUSH_PROMISE = 5;
    static final int PING = 6;
    static final int GOAWAY = 7;
    static final int WINDOW_UPDATE = 8;
    static final int CONTINUATION = 9;

    static final int END_STREAM = 0x1;
    static final int ACK = 0x1;
    static final int END_HEADERS = 0x4;
    static final int PADDED = 0x8;
    static final int PRIORITY = 0x20;

    /// The largest payload unless a peer permits more; we never do.
    static final int PAYLOAD = 16_384;
    /// Window of a stream and of a connection unless a peer says otherwise.
    static final int WINDOW = 65_535;

    private Frame() {}

    /// Writes a head over the nine bytes at `at`.
    static void head(ByteBuf buffer, int at, int length, int type, int flags, int stream) {
        buffer.setMedium(at, length);
        buffer.setByte(at + 3, type);
        buffer.setByte(at + 4, flags);
        buffer.setInt(at + 5, stream);
    }

    /// Appends a head.
    static ByteBuf head(ByteBuf buffer, int length, int type, int flags, int stream) {
        return buffer.writeMedium(length).writeByte(type).writeByte(flags).writeInt(stream);
    }
}
