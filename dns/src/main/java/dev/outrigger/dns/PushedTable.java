package dev.outrigger.dns;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A name table as it came, cut into its entries but not read, so that it can be compared with the one
/// before: what is the same byte for byte need not be looked at again. Immutable; keeps the bytes.
///
/// The control plane pushes the whole table whenever one name changes. Where it keeps an order, as Istio's
/// does, comparing costs one pass of the processor over the bytes before and behind what changed.
final class PushedTable {
    static final PushedTable EMPTY = new PushedTable(new byte[0], new int[0]);

    private static final byte NAME_TAG = 1 << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;
    private static final int BLOCK_BYTES = 4096;

    private final byte[] bytes;
    /// Where each field of the message begins.
    private final int[] starts;

    private PushedTable(byte[] bytes, int[] starts) {
        this.bytes = bytes;
        this.starts = starts;
    }

    /// What one table has and another one has not, each a whole field of the message.
    ///
    /// @param gone entries of the older table
    /// @param come entries of the newer one
    record Difference(List<CodedInputStream> gone, List<CodedInputStream> come) {}

    /// Takes the bytes over; nobody may write to them any more.
    ///
    /// @throws IOException when they are no fields of a message
    static PushedTable of(byte[] bytes, PushedTable before) throws IOException {
        try {
            return cut(bytes, before);
        } catch (IOException _) {
            // Bytes at the end may be those of an older table and yet mean something else.
            return new PushedTable(bytes, fields(bytes, 0, bytes.length));
        }
    }

    /// Takes from the older table where fields begin in what is the same at both ends.
    private static PushedTable cut(byte[] bytes, PushedTable before) throws IOException {
        int kept = before.fieldAt(samePrefix(before.bytes, bytes));
        int from = before.startOf(kept);
        int tail = sameSuffix(before.bytes, bytes, from);
        int rest = before.fieldFrom(before.bytes.length - tail);
        int shift = bytes.length - before.bytes.length;
        var middle = fields(bytes, from, before.startOf(rest) + shift);
        var starts = Arrays.copyOf(before.starts, kept + middle.length + before.starts.length - rest);
        System.arraycopy(middle, 0, starts, kept, middle.length);
        for (int i = rest, to = kept + middle.length; i < before.starts.length; i++, to++) {
            starts[to] = before.starts[i] + shift;
        }
        return new PushedTable(bytes, starts);
    }

    int length() {
        return bytes.length;
    }

    /// Fields, which are the entries unless the message is of a newer form.
    int size() {
        return starts.length;
    }

    /// Compares with an older table. When both are sorted by name, an entry that is the same in both is in
    /// neither list; otherwise one that is in both lists has only moved.
    Difference since(PushedTable before) {
        int same = samePrefix(before.bytes, bytes);
        int head = Math.min(fieldAt(same), before.fieldAt(same));
        int tail = sameSuffix(before.bytes, bytes, Math.max(startOf(head), before.startOf(head)));
        int common = Math.min(
                starts.length - fieldFrom(bytes.length - tail),
                before.starts.length - before.fieldFrom(before.bytes.length - tail));
        boolean aligned = bytes.length - startOf(starts.length - common)
                == before.bytes.length - before.startOf(before.starts.length - common);
        int end = aligned ? common : 0;
        return merged(before, head, before.starts.length - end, starts.length - end);
    }

    private Difference merged(PushedTable before, int head, int theirs, int mine) {
        var gone = new ArrayList<CodedInputStream>();
        var come = new ArrayList<CodedInputStream>();
        int i = head;
        int j = head;
        while (i < theirs || j < mine) {
            int order = i == theirs ? 1 : j == mine ? -1 : before.compare(i, this, j);
            if (order == 0 && before.isSame(i, this, j)) {
                i++;
                j++;
                continue;
            }
            if (order <= 0) {
                gone.add(before.field(i++));
            }
            if (order >= 0) {
                come.add(field(j++));
            }
        }
        return new Difference(gone, come);
    }

    private boolean isSame(int index, PushedTable other, int otherIndex) {
        return Arrays.equals(
                bytes,
                starts[index],
                startOf(index + 1),
                other.bytes,
                other.starts[otherIndex],
                other.startOf(otherIndex + 1));
    }

    /// By name.
    private int compare(int index, PushedTable other, int otherIndex) {
        return name(index).compareTo(other.name(otherIndex));
    }

    /// The name of an entry, which is its first field; all of it when it is of another form.
    private ByteBuffer name(int index) {
        int start = starts[index];
        int end = startOf(index + 1);
        int at = start + 1;
        while (at < end && bytes[at] < 0) {
            at++;
        }
        at++;
        boolean usual = at + 1 < end && bytes[at] == NAME_TAG && bytes[at + 1] >= 0 && at + 2 + bytes[at + 1] <= end;
        return usual ? ByteBuffer.wrap(bytes, at + 2, bytes[at + 1]) : ByteBuffer.wrap(bytes, start, end - start);
    }

    private CodedInputStream field(int index) {
        return CodedInputStream.newInstance(bytes, starts[index], startOf(index + 1) - starts[index]);
    }

    private int startOf(int index) {
        return index < starts.length ? starts[index] : bytes.length;
    }

    /// The field in which this byte is, or its number when there is none.
    private int fieldAt(int at) {
        int found = Arrays.binarySearch(starts, at);
        return found >= 0 ? found : Math.max(0, -found - 2);
    }

    /// The first field that begins there or behind.
    private int fieldFrom(int at) {
        int found = Arrays.binarySearch(starts, at);
        return found >= 0 ? found : -found - 1;
    }

    private static int samePrefix(byte[] one, byte[] other) {
        int same = Arrays.mismatch(one, other);
        return same < 0 ? one.length : same;
    }

    /// How many bytes at the end are the same, without going below `from` in either.
    private static int sameSuffix(byte[] one, byte[] other, int from) {
        int most = Math.min(one.length, other.length) - from;
        int same = 0;
        while (same + BLOCK_BYTES <= most
                && Arrays.equals(
                        one,
                        one.length - same - BLOCK_BYTES,
                        one.length - same,
                        other,
                        other.length - same - BLOCK_BYTES,
                        other.length - same)) {
            same += BLOCK_BYTES;
        }
        while (same < most && one[one.length - same - 1] == other[other.length - same - 1]) {
            same++;
        }
        return Math.max(0, same);
    }

    private static int[] fields(byte[] bytes, int from, int to) throws IOException {
        var in = CodedInputStream.newInstance(bytes, from, to - from);
        var starts = new int[64];
        int count = 0;
        while (!in.isAtEnd()) {
            int start = from + in.getTotalBytesRead();
            int tag = in.readTag();
            if (WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED) {
                in.skipRawBytes(in.readRawVarint32());
            } else {
                in.skipField(tag);
            }
            starts = count == starts.length ? Arrays.copyOf(starts, count * 2) : starts;
            starts[count++] = start;
        }
        return Arrays.copyOf(starts, count);
    }
}
