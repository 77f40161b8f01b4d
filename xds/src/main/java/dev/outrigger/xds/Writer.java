package dev.outrigger.xds;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/// Writes the fields of one protobuf message. Owned by whoever made it; not thread safe.
final class Writer {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream(256);

    /// A text field; nothing when empty, as proto3 has it.
    Writer string(int field, String value) {
        return value.isEmpty() ? this : bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    /// One element of a repeated text field: an empty one counts.
    Writer element(int field, String value) {
        return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    Writer bytes(int field, byte[] value) {
        return bytes(field, value, 0, value.length);
    }

    Writer bytes(int field, byte[] source, int offset, int length) {
        varint(((long) field << 3) | 2);
        varint(length);
        return raw(source, offset, length);
    }

    Writer number(int field, long value) {
        varint((long) field << 3);
        varint(value);
        return this;
    }

    Writer message(int field, Writer value) {
        return bytes(field, value.toBytes());
    }

    Writer raw(byte[] source, int offset, int length) {
        out.write(source, offset, length);
        return this;
    }

    byte[] toBytes() {
        return out.toByteArray();
    }

    private void varint(long value) {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            out.write((int) (rest & 0x7f) | 0x80);
            rest >>>= 7;
        }
        out.write((int) rest);
    }
}
