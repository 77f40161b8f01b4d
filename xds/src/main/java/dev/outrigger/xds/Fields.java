package dev.outrigger.xds;

import dev.outrigger.h2.RawMessage;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/// Walks the fields of one protobuf message without decoding what nobody asks for, strictly from its beginning to
/// its end: what was passed is never looked at again. A value may be walked as a message of its own in between.
///
/// Of a large message, only a window is on the heap. It moves on with the walk, and grows only for a value that
/// somebody asks for whole.
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
    /// Far more than any caller enters.
    private static final int MAX_ENTERED = 8;

    /// Bytes that a tag and a length have at most, and some.
    private static final int HEAD = 32;
    private static final int WINDOW = 16_384;

    /// Where the window is filled from; null when it is the whole message.
    private final RawMessage.@Nullable Reader source;
    private final int length;
    private byte[] window;
    /// Where in the message the window begins, and where it ends.
    private int base;

    private int loaded;
    private final int[] ends = new int[MAX_ENTERED];
    private int depth;
    private int end;
    private int position;
    private int fieldStart;
    private int number;
    private int wireType;
    private int valueStart;
    private int valueEnd;
    private long varint;
    /// How deep the value is that is being summed up.
    private int summed;

    /// What was summed up so far; in the window, or its end.
    private int summedTo;

    private @Nullable CRC32 sum;

    Fields(byte[] message) {
        this(message, 0, message.length);
    }

    /// @param from where the first field begins
    /// @param to behind the last one
    Fields(byte[] message, int from, int to) {
        this.source = null;
        this.length = to;
        this.window = message;
        this.loaded = to;
        this.valueEnd = from;
        this.end = to;
    }

    Fields(RawMessage message) {
        this.source = message.reader();
        this.length = message.length();
        this.window = new byte[Math.min(WINDOW, length)];
        this.end = length;
    }

    /// Steps to the next field.
    ///
    /// @return false at the end of the message
    /// @throws ProtocolException when the bytes are no protobuf message
    boolean next() throws ProtocolException {
        int at = valueEnd;
        if (at >= end) {
            return false;
        }
        fieldStart = at;
        if (loaded - at < HEAD) {
            load(at, HEAD);
        }
        int tag = window[at - base];
        if (tag < 8 || (tag & 7) != BYTES || end - at < 3) {
            return any();
        }
        // Nearly all: a number below 16 and up to 16 KiB, in one method, as the first compiler makes few calls cheap.
        int size = window[at + 1 - base];
        at += 2;
        if (size < 0) {
            int more = window[at++ - base];
            if (more < 0) {
                return any();
            }
            size = (size & 0x7f) | (more << 7);
        }
        if (size > end - at) {
            return any();
        }
        number = tag >>> 3;
        wireType = BYTES;
        valueStart = at;
        valueEnd = at + size;
        return true;
    }

    private boolean any() throws ProtocolException {
        position = fieldStart;
        tag();
        skipValue(0);
        valueEnd = position;
        return true;
    }

    int number() {
        return number;
    }

    /// Where the current field begins, in bytes from the beginning of the whole message.
    int start() {
        return fieldStart;
    }

    /// Where it ends.
    int end() {
        return valueEnd;
    }

    /// The value as a number; 0 when the field is none.
    long number64() {
        return wireType == VARINT ? varint : 0;
    }

    /// The value as text, without its length prefix.
    String string() throws ProtocolException {
        requireBytes();
        load(valueStart, size());
        return new String(window, valueStart - base, size(), StandardCharsets.UTF_8);
    }

    /// A copy of the value, without its length prefix.
    byte[] bytes() throws ProtocolException {
        var bytes = new byte[size()];
        copyTo(bytes, 0);
        return bytes;
    }

    /// Length of the value, without its length prefix; 0 when the field has none.
    int size() {
        return wireType == BYTES ? valueEnd - valueStart : 0;
    }

    boolean isBytes() {
        return wireType == BYTES;
    }

    /// Whether the message is read through a window.
    boolean hasWindow() {
        return source != null;
    }

    /// Copies the value, {@link #size} bytes, without its length prefix.
    void copyTo(byte[] target, int at) throws ProtocolException {
        requireBytes();
        if (size() > window.length && valueEnd > loaded) {
            pass(target, at);
        } else {
            load(valueStart, size());
            System.arraycopy(window, valueStart - base, target, at, size());
        }
    }

    /// Whether the value is these bytes.
    boolean is(byte[] expected) throws ProtocolException {
        requireBytes();
        if (size() != expected.length) {
            return false;
        }
        load(valueStart, size());
        int from = valueStart - base;
        return Arrays.equals(window, from, from + expected.length, expected, 0, expected.length);
    }

    /// Walks the fields of the value from here on, until {@link #leave}.
    ///
    /// @return how deep in the message we are now, counted from 1
    int enter() throws ProtocolException {
        requireBytes();
        if (depth == MAX_ENTERED) {
            throw new ProtocolException("messages nested deeper than " + MAX_ENTERED);
        }
        ends[depth] = end;
        end = valueEnd;
        valueEnd = valueStart;
        return ++depth;
    }

    /// Like {@link #enter}, and sums up all bytes of the value until it is left. Not within another such value.
    int enter(CRC32 sum) throws ProtocolException {
        summed = enter();
        summedTo = valueStart;
        this.sum = sum;
        return summed;
    }

    /// Goes on behind the value that was entered, and behind all that was entered in it and is not left yet.
    ///
    /// @param entered what {@link #enter} gave
    void leave(int entered) {
        while (depth >= entered) {
            if (sum != null && depth == summed) {
                pass(end);
                sum = null;
            }
            valueEnd = end;
            end = ends[--depth];
        }
    }

    /// Copies the whole field, tag included, as it came. Not of a message that is not on the heap as a whole.
    void copyTo(Writer writer) {
        if (source != null) {
            throw new IllegalStateException("the field may have left the window");
        }
        writer.raw(window, fieldStart, valueEnd - fieldStart);
    }

    /// @throws ProtocolException when the value is neither text nor bytes nor a message
    void requireBytes() throws ProtocolException {
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

    private void skipValue(int groups) throws ProtocolException {
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
            case GROUP -> skipGroup(groups);
            default -> throw new ProtocolException("wire type " + wireType + " at offset " + fieldStart);
        }
    }

    private void skipGroup(int groups) throws ProtocolException {
        if (groups > MAX_DEPTH) {
            throw new ProtocolException("groups nested deeper than " + MAX_DEPTH);
        }
        int group = number;
        for (tag(); wireType != END_GROUP; tag()) {
            skipValue(groups + 1);
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
        load(position, HEAD);
        for (int shift = 0; shift < 64; shift += 7) {
            if (position >= end) {
                throw new ProtocolException("message ends within a number");
            }
            byte next = window[position++ - base];
            value |= (next & 0x7fL) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new ProtocolException("number longer than ten bytes at offset " + fieldStart);
    }

    /// Brings bytes into the window, as far as the message has them; what lies before them leaves it.
    private void load(int from, int count) {
        int to = Math.min(length, from + count);
        if (source == null || to <= loaded) {
            return;
        }
        pass(from);
        if (to - from > window.length) {
            window = Arrays.copyOfRange(window, from - base, from - base + Math.max(to - from, 2 * WINDOW));
        } else {
            System.arraycopy(window, from - base, window, 0, loaded - from);
        }
        base = from;
        loaded += source.read(window, loaded - base, Math.min(window.length, length - base) - (loaded - base));
    }

    /// Passes all bytes before `to`, summing up those that count. Those of them that are not in the window never
    /// come into it; the window then is empty.
    private void pass(int to) {
        if (sum != null) {
            int step = Math.min(to, loaded) - summedTo;
            sum.update(window, summedTo - base, step);
            summedTo += step;
        }
        if (to <= loaded || source == null) {
            return;
        }
        if (sum == null) {
            source.skip(to - loaded);
        }
        while (sum != null && summedTo < to) {
            int step = source.read(window, 0, Math.min(window.length, to - summedTo));
            sum.update(window, 0, step);
            summedTo += step;
        }
        base = to;
        loaded = to;
    }

    /// Passes the value, which is larger than the window, into an array.
    private void pass(byte[] target, int at) {
        var from = Objects.requireNonNull(source);
        pass(valueStart);
        int there = loaded - valueStart;
        System.arraycopy(window, valueStart - base, target, at, there);
        from.read(target, at + there, valueEnd - loaded);
        if (sum != null) {
            sum.update(target, at, valueEnd - valueStart);
            summedTo = valueEnd;
        }
        base = valueEnd;
        loaded = valueEnd;
    }
}
