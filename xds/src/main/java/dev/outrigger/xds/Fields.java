package dev.outrigger.xds;

import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32C;

/// Walks the fields of one protobuf message without decoding what nobody asks for.
///
/// Source: the protobuf encoding specification. Owned by whoever made it; not thread safe.
final class Fields {
    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int BYTES = 2;
    private static final int GROUP = 3;
    private static final int END_GROUP = 4;
    private static final int FIXED32 = 5;
    private static final int MAX_DEPTH = 100;

    private final byte[] message;
    private final int end;
    private int position;
    private int fieldStart;
    private int number;
    private int wireType;
    private int valueStart;
    private long varint;

    Fields(byte[] message) {
        this(message, 0, message.length);
    }

    private Fields(byte[] message, int start, int end) {
        this.message = message;
        this.position = start;
        this.end = end;
    }

    /// Steps to the next field.
    ///
    /// @return false at the end of the message
    /// @throws ProtocolException when the bytes are no protobuf message
    boolean next() throws ProtocolException {
        if (position >= end) {
            return false;
        }
        fieldStart = position;
        tag();
        skipValue(0);
        return true;
    }

    int number() {
        return number;
    }

    /// The value as a number; 0 when the field is none.
    long number64() {
        return wireType == VARINT ? varint : 0;
    }

    /// The value as text, without its length prefix.
    String string() throws ProtocolException {
        requireBytes();
        return new String(message, valueStart, position - valueStart, StandardCharsets.UTF_8);
    }

    /// A copy of the value, without its length prefix.
    byte[] bytes() throws ProtocolException {
        requireBytes();
        return Arrays.copyOfRange(message, valueStart, position);
    }

    /// Walks the value as a message of its own.
    Fields message() throws ProtocolException {
        requireBytes();
        return new Fields(message, valueStart, position);
    }

    /// Length of the value, without its length prefix.
    int size() throws ProtocolException {
        requireBytes();
        return position - valueStart;
    }

    /// CRC32C of the value.
    int checksum() throws ProtocolException {
        requireBytes();
        var crc = new CRC32C();
        crc.update(message, valueStart, position - valueStart);
        return (int) crc.getValue();
    }

    /// Copies the whole field, tag included, as it came.
    void copyTo(Writer writer) {
        writer.raw(message, fieldStart, position - fieldStart);
    }

    private void requireBytes() throws ProtocolException {
        if (wireType != BYTES) {
            throw new ProtocolException("field " + number + " has wire type " + wireType + " where bytes belong");
        }
    }

    private void tag() throws ProtocolException {
        long tag = readVarint();
        number = (int) (tag >>> 3);
        wireType = (int) (tag & 7);
        if (number <= 0) {
            throw new ProtocolException("field number " + number + " at offset " + fieldStart);
        }
    }

    private void skipValue(int depth) throws ProtocolException {
        valueStart = position;
        switch (wireType) {
            case VARINT -> varint = readVarint();
            case FIXED64 -> skip(8);
            case FIXED32 -> skip(4);
            case BYTES -> {
                long length = readVarint();
                valueStart = position;
                skip(length);
            }
            case GROUP -> skipGroup(depth);
            default -> throw new ProtocolException("wire type " + wireType + " at offset " + fieldStart);
        }
    }

    private void skipGroup(int depth) throws ProtocolException {
        if (depth > MAX_DEPTH) {
            throw new ProtocolException("groups nested deeper than " + MAX_DEPTH);
        }
        int group = number;
        for (tag(); wireType != END_GROUP; tag()) {
            skipValue(depth + 1);
        }
        if (number != group) {
            throw new ProtocolException("group " + group + " ends as " + number);
        }
        wireType = GROUP;
    }

    private void skip(long count) throws ProtocolException {
        if (count < 0 || count > end - position) {
            throw new ProtocolException("field " + number + " runs past the end of its message");
        }
        position += (int) count;
    }

    private long readVarint() throws ProtocolException {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            if (position >= end) {
                throw new ProtocolException("message ends within a number");
            }
            byte next = message[position++];
            value |= (next & 0x7fL) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new ProtocolException("number longer than ten bytes at offset " + fieldStart);
    }
}
