package dev.outrigger.stats;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;

/// Compresses text of lines that are alike, as scrapes are: a third of the time that zlib's fastest level takes, for no
/// more bytes. Other input comes out right, and larger than with zlib. Source: RFC 1951.
///
/// What repeats is looked for where it was last: as far back as the last match, which in lines of one family is the
/// line before, or a byte more or less; by a hash, where that is nearer or there is nothing. No place within a match is
/// looked at. Words are coded by
/// the frequencies of the block before, so that nothing is gone through twice. One thread.
final class Deflate {
    /// Bytes that are written at once, but for the last.
    static final int BUFFER = 16 << 10;

    /// Less is gathered first: matches are looked for within one write.
    private static final int WHOLE = 8 << 10;
    private static final int GATHERED = 32 << 10;
    /// Input after which the code is made anew; the first code is deflate's own, which fits nothing well.
    private static final int FIRST_BLOCK = 32 << 10;
    private static final int BLOCK = 512 << 10;

    private static final int WINDOW = 32 << 10;
    private static final int LEAST = 4;
    private static final int MOST = 258;
    private static final int HASH_BITS = 12;
    /// 2^32 divided by the golden ratio: spreads words that differ in few bits.
    private static final int SPREAD = 0x9E3779B1;

    private static final int END = 256;
    private static final int SYMBOLS = 286;
    private static final int DISTANCES = 30;
    /// Symbols of the code in which the lengths of the other two are written.
    private static final int LENGTH_CODES = 19;

    /// For each length from 3 to 258 its symbol, how many bits follow that, and what they say. Source: section 3.2.5.
    private static final short[] LENGTH_SYMBOL = new short[MOST + 1];
    private static final byte[] LENGTH_EXTRA = new byte[MOST + 1];
    private static final byte[] LENGTH_REST = new byte[MOST + 1];

    /// The code of blocks without one of their own. Source: section 3.2.6.
    private static final PrefixCode FIXED;
    private static final PrefixCode FIXED_DISTANCES;

    static {
        var length = 3;
        for (var symbol = 257; symbol < SYMBOLS - 1; symbol++) {
            var extra = symbol < 265 ? 0 : (symbol - 261) / 4;
            for (var rest = 0; rest < 1 << extra; rest++, length++) {
                LENGTH_SYMBOL[length] = (short) symbol;
                LENGTH_EXTRA[length] = (byte) extra;
                LENGTH_REST[length] = (byte) rest;
            }
            if (symbol == SYMBOLS - 2) {
                LENGTH_SYMBOL[MOST] = SYMBOLS - 1;
                LENGTH_EXTRA[MOST] = 0;
                LENGTH_REST[MOST] = 0;
            }
        }
        var lengths = new int[288];
        Arrays.fill(lengths, 0, 144, 8);
        Arrays.fill(lengths, 144, 256, 9);
        Arrays.fill(lengths, 256, 280, 7);
        Arrays.fill(lengths, 280, 288, 8);
        FIXED = PrefixCode.of(lengths);
        var distances = new int[32];
        Arrays.fill(distances, 5);
        FIXED_DISTANCES = PrefixCode.of(distances);
    }

    private final OutputStream out;
    /// With room for what is put behind a full one before it is written.
    private final byte[] buffer = new byte[BUFFER + 64];
    private int filled;
    /// What does not fill a byte yet, the first bit lowest.
    private long bits;
    private int count;

    private final byte[] gathered = new byte[GATHERED];
    private int gatheredSize;
    /// Where four bytes with this hash were last; negative when nowhere in this write.
    private final int[] places = new int[1 << HASH_BITS];
    /// How far back the last match was; 0 when there was none in this write.
    private int distance;

    private int leftInBlock = FIRST_BLOCK;
    private final int[] symbolCounts = new int[SYMBOLS];
    private final int[] distanceCounts = new int[DISTANCES];
    private PrefixCode code = FIXED;
    private PrefixCode distanceCode = FIXED_DISTANCES;

    /// @param head is not compressed
    Deflate(OutputStream out, byte[] head) {
        this.out = out;
        System.arraycopy(head, 0, buffer, 0, head.length);
        filled = head.length;
        put(0b010, 3); // a block that is not the last, with deflate's own code
    }

    void write(byte[] from, int offset, int length) throws IOException {
        if (length < WHOLE && length <= gathered.length - gatheredSize) {
            System.arraycopy(from, offset, gathered, gatheredSize, length);
            gatheredSize += length;
            return;
        }
        writeGathered();
        if (length < WHOLE) {
            write(from, offset, length);
        } else {
            compress(from, offset, offset + length);
        }
    }

    /// Writes all that there is to be written, and some bytes that are not compressed behind it.
    void finish(byte[] trailer) throws IOException {
        writeGathered();
        put(code.words()[END], code.lengths()[END]);
        put(0b011, 3); // the last block, with deflate's own code, and its end
        put(FIXED.words()[END], FIXED.lengths()[END]);
        drain();
        if (count > 0) {
            put(0, Byte.SIZE - count);
        }
        for (var b : trailer) {
            put(b & 0xff, Byte.SIZE);
            drain();
        }
        if (filled > 0) {
            out.write(buffer, 0, filled);
            filled = 0;
        }
    }

    private void writeGathered() throws IOException {
        var size = gatheredSize;
        gatheredSize = 0;
        compress(gathered, 0, size);
    }

    private void compress(byte[] text, int from, int to) throws IOException {
        if (from == to) {
            return;
        }
        Arrays.fill(places, -1);
        distance = 0;
        var at = from;
        while (at < to) {
            var stop = Math.min(to, at + leftInBlock);
            var next = compress(text, from, at, stop, to);
            leftInBlock -= next - at;
            at = next;
            if (leftInBlock <= 0) {
                nextBlock();
            }
        }
    }

    /// Goes on until `stop` or a little behind it. Written for the agent's compiler, which keeps no field in a register
    /// and hardly inlines.
    ///
    /// @param start of the text
    /// @param to end of the text
    /// @return how far it came
    private int compress(byte[] text, int start, int from, int stop, int to) throws IOException {
        var words = code.words();
        var lengths = code.lengths();
        var seen = symbolCounts;
        var room = buffer;
        var back = distance;
        var backSymbol = back == 0 ? 0 : distanceSymbol(back);
        var backBits = back == 0 ? 0 : distanceBits(back, backSymbol);
        var backCount = back == 0 ? 0 : distanceCount(backSymbol);
        var pending = bits;
        var held = count;
        var size = filled;
        var wordsEnd = to - LEAST;
        var at = from;
        while (at < stop) {
            var found = 0;
            if (at <= wordsEnd) {
                var word = Words.four(text, at);
                var hash = (word * SPREAD) >>> (Integer.SIZE - HASH_BITS);
                var place = places[hash];
                places[hash] = at;
                var near = place >= 0 && at - place <= WINDOW && word == Words.four(text, place) ? at - place : 0;
                if (near != 0 && near < back) {
                    found = near;
                } else if (back != 0) {
                    // Behind a label or value that is longer than the one before, or shorter, mostly by one.
                    if (word == Words.four(text, at - back)) {
                        found = back;
                    } else if (back < WINDOW && at - back > start && word == Words.four(text, at - back - 1)) {
                        found = back + 1;
                    } else if (back > 1 && word == Words.four(text, at - back + 1)) {
                        found = back - 1;
                    }
                }
                if (found == 0) {
                    found = near;
                }
                if (found != 0 && found != back) {
                    back = found;
                    backSymbol = distanceSymbol(back);
                    backBits = distanceBits(back, backSymbol);
                    backCount = distanceCount(backSymbol);
                }
            }
            if (found != 0) {
                var same = Arrays.mismatch(text, at + LEAST, to, text, at + LEAST - back, to - back);
                var length = same < 0 ? to - at : LEAST + same;
                at += length;
                while (length > 0) {
                    // What is left for the next has to be a match, too.
                    var part = length <= MOST ? length : Math.min(MOST, length - LEAST);
                    length -= part;
                    var symbol = LENGTH_SYMBOL[part];
                    seen[symbol]++;
                    pending |= (long) words[symbol] << held;
                    held += lengths[symbol];
                    pending |= (long) (LENGTH_REST[part] & 0xff) << held;
                    held += LENGTH_EXTRA[part];
                    distanceCounts[backSymbol]++;
                    pending |= backBits << held;
                    held += backCount;
                    Words.put(room, size, pending);
                    size += held >>> 3;
                    pending >>>= held & ~7;
                    held &= 7;
                    if (size >= BUFFER) {
                        size = writeBuffer(size);
                    }
                }
            }
            if (at < to && (found == 0 || at < stop)) {
                var literal = text[at++] & 0xff;
                seen[literal]++;
                pending |= (long) words[literal] << held;
                held += lengths[literal];
                Words.put(room, size, pending);
                size += held >>> 3;
                pending >>>= held & ~7;
                held &= 7;
                if (size >= BUFFER) {
                    size = writeBuffer(size);
                }
            }
        }
        distance = back;
        bits = pending;
        count = held;
        filled = size;
        return at;
    }

    /// Source: RFC 1951, section 3.2.5.
    private static int distanceSymbol(int distance) {
        var from0 = distance - 1;
        if (from0 < 4) {
            return from0;
        }
        var high = 31 - Integer.numberOfLeadingZeros(from0);
        return 2 * high + ((from0 >>> (high - 1)) & 1);
    }

    private long distanceBits(int distance, int symbol) {
        var extra = distanceExtra(symbol);
        var rest = (distance - 1) & ((1 << extra) - 1);
        return distanceCode.words()[symbol] | ((long) rest << distanceCode.lengths()[symbol]);
    }

    private int distanceCount(int symbol) {
        return distanceCode.lengths()[symbol] + distanceExtra(symbol);
    }

    private static int distanceExtra(int symbol) {
        return symbol < 4 ? 0 : symbol / 2 - 1;
    }

    /// Ends the block, and begins one with a code for what the ended one had.
    private void nextBlock() throws IOException {
        put(code.words()[END], code.lengths()[END]);
        code = PrefixCode.shortest(symbolCounts);
        distanceCode = PrefixCode.shortest(distanceCounts);
        Arrays.fill(symbolCounts, 0);
        Arrays.fill(distanceCounts, 0);
        leftInBlock = BLOCK;
        put(0b100, 3); // not the last, with a code of its own
        put(SYMBOLS - 257, 5);
        put(DISTANCES - 1, 5);
        put(LENGTH_CODES - 4, 4);
        // Lengths are written as what they are, in four bits each: the first three of their own symbols repeat others.
        for (var symbol = 0; symbol < LENGTH_CODES; symbol++) {
            put(symbol < 3 ? 0 : 4, 3);
        }
        putLengths(code.lengths());
        putLengths(distanceCode.lengths());
    }

    private void putLengths(int[] lengths) throws IOException {
        for (var length : lengths) {
            put(Integer.reverse(length) >>> 28, 4);
            drain();
        }
    }

    /// @param value of so many bits, the first one lowest
    private void put(int value, int length) {
        bits |= (long) value << count;
        count += length;
        Words.put(buffer, filled, bits);
        filled += count >>> 3;
        bits >>>= count & ~7;
        count &= 7;
    }

    private void drain() throws IOException {
        if (filled >= BUFFER) {
            filled = writeBuffer(filled);
        }
    }

    /// @return how much is left behind what was written
    private int writeBuffer(int size) throws IOException {
        out.write(buffer, 0, BUFFER);
        System.arraycopy(buffer, BUFFER, buffer, 0, size - BUFFER);
        return size - BUFFER;
    }
}
