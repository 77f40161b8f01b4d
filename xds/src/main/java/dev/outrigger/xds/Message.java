package dev.outrigger.xds;

/// One message as it came. Its bytes never change.
final class Message {
    private final byte[] bytes;

    private Message(byte[] bytes) {
        this.bytes = bytes;
    }

    /// @param bytes not copied: must not change from now on
    static Message of(byte[] bytes) {
        return new Message(bytes);
    }

    int length() {
        return bytes.length;
    }

    /// The message in one piece; not to be changed.
    byte[] toBytes() {
        return bytes;
    }

    /// Walks it from its beginning.
    Fields fields() {
        return new Fields(bytes);
    }
}
