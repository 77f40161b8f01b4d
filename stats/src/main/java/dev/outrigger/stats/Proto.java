package dev.outrigger.stats;

import java.io.IOException;
import java.io.OutputStream;

/// The wire format of protobuf, as far as metrics need it. <https://protobuf.dev/programming-guides/encoding/>
final class Proto {
    static final int VARINT = 0;
    static final int FIXED64 = 1;
    static final int BYTES = 2;
    static final int FIXED32 = 5;

    private Proto() {}

    static void varint(OutputStream out, long value) throws IOException {
        var rest = value;
        while ((rest & ~0x7fL) != 0) {
            out.write((int) (rest & 0x7f) | 0x80);
            rest >>>= 7;
        }
        out.write((int) rest);
    }

    static void number(OutputStream out, int field, long value) throws IOException {
        varint(out, field << 3 | VARINT);
        varint(out, value);
    }

    static void real(OutputStream out, int field, double value) throws IOException {
        varint(out, field << 3 | FIXED64);
        var bits = Double.doubleToLongBits(value);
        for (var shift = 0; shift < 64; shift += 8) {
            out.write((int) (bits >>> shift) & 0xff);
        }
    }

    static void bytes(OutputStream out, int field, byte[] from, int offset, int length) throws IOException {
        varint(out, field << 3 | BYTES);
        varint(out, length);
        out.write(from, offset, length);
    }

    static void message(OutputStream out, int field, Body message) throws IOException {
        bytes(out, field, message.bytes(), 0, message.size());
    }

    static int lengthOfVarint(long value) {
        return value == 0 ? 1 : (70 - Long.numberOfLeadingZeros(value)) / 7;
    }

    /// Reads one message field by field. One thread.
    static final class Reader {
        private final byte[] text;
        private final int end;
        private int at;
        private int field;
        private int kind;
        private long number;
        private int from;
        private int to;

        Reader(byte[] text, int from, int end) {
            this.text = text;
            this.at = from;
            this.end = end;
        }

        /// Goes on to the next field.
        ///
        /// @return false at the end
        /// @throws SourceException when it is no protobuf
        boolean next() throws SourceException {
            if (at == end) {
                return false;
            }
            var tag = varint();
            field = (int) (tag >>> 3);
            kind = (int) tag & 7;
            switch (kind) {
                case VARINT -> number = varint();
                case FIXED64 -> skip(8);
                case FIXED32 -> skip(4);
                case BYTES -> {
                    var length = varint();
                    if (length < 0 || length > end - at) {
                        throw new SourceException("malformed: a field is longer than its message");
                    }
                    skip((int) length);
                }
                default -> throw new SourceException("malformed: no protobuf");
            }
            return true;
        }

        /// Number of the field, with no kind.
        int field() {
            return field;
        }

        boolean isBytes(int wanted) {
            return field == wanted && kind == BYTES;
        }

        boolean isNumber(int wanted) {
            return field == wanted && kind == VARINT;
        }

        long number() {
            return number;
        }

        /// Where the value begins.
        int from() {
            return from;
        }

        /// Where the value ends; the next field begins there.
        int to() {
            return to;
        }

        /// Where the next field begins.
        int at() {
            return at;
        }

        /// A number in front of whatever follows.
        long varint() throws SourceException {
            var value = 0L;
            for (var shift = 0; shift < 70; shift += 7) {
                if (at == end) {
                    throw new SourceException("malformed: a number is cut off");
                }
                var next = text[at++];
                value |= (long) (next & 0x7f) << shift;
                if (next >= 0) {
                    return value;
                }
            }
            throw new SourceException("malformed: a number is too long");
        }

        private void skip(int count) throws SourceException {
            if (count > end - at) {
                throw new SourceException("malformed: a field is cut off");
            }
            from = at;
            at += count;
            to = at;
        }
    }
}
