package dev.outrigger.xds;

import dev.outrigger.h2.RawMessage;

/// One message as it came. Its bytes never change. A large one is outside the heap, and counted: whoever keeps it
/// beyond the call that it was given in must keep what {@link #retain} gives and, once, on any thread, {@link
/// #release} that.
final class Message {
    private static final int COPIED = 65_536;

    private final RawMessage raw;

    private Message(RawMessage raw) {
        this.raw = raw;
    }

    /// @param bytes not copied: must not change from now on
    static Message of(byte[] bytes) {
        return new Message(RawMessage.of(bytes));
    }

    /// @param raw whose owner keeps its own count
    static Message of(RawMessage raw) {
        return new Message(raw);
    }

    int length() {
        return raw.length();
    }

    /// The message in one piece on the heap; not to be changed.
    byte[] toBytes() {
        return raw.toBytes();
    }

    /// Walks it from its beginning.
    Fields fields() {
        return raw.isSmall() ? new Fields(raw.toBytes()) : new Fields(raw);
    }

    /// The same message for whoever keeps it. One of moderate size is copied: it may be a small part of the
    /// network buffers that it would hold.
    Message retain() {
        if (!raw.isSmall() && raw.length() < COPIED) {
            return new Message(RawMessage.of(raw.toBytes()));
        }
        raw.retain();
        return this;
    }

    void release() {
        raw.release();
    }
}
