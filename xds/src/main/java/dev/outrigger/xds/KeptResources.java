package dev.outrigger.xds;

import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// The resources of one type that are kept: many in one array, and what comes again is written in its place. So a
/// control plane that pushes without end leaves no garbage that only a collection of the whole heap would find.
///
/// Rows are numbered from 0 without gaps; a removal moves the last one. Not thread safe, see {@link #view}.
final class KeptResources implements AutoCloseable {
    /// Of an array for many values. A value larger than half of it has its own.
    private static final int SEGMENT = 1 << 16;

    private static final int LEAST = 1 << 10;
    private static final int ALIGNMENT = 16;
    private static final Segment NOWHERE = new Segment(new byte[0], false);

    private final ResourceTable table;
    /// Views of this one that somebody still reads: meanwhile no byte is written over.
    private final AtomicInteger views = new AtomicInteger();

    private final @Nullable KeptResources origin;
    private Segment[] segments = new Segment[0];
    private int[] from = new int[0];
    private int[] length = new int[0];
    /// Bytes that the value may grow to in its place.
    private int[] room = new int[0];
    /// The last walk in which the row was put.
    private int[] met = new int[0];

    private Segment tail = NOWHERE;
    /// Bytes of rows, room included.
    private long live;
    /// Bytes of segments.
    private long held;

    private int walk;
    private int last = -1;

    private static final class Segment {
        private final byte[] bytes;
        /// Somebody else has the bytes, too.
        private final boolean shared;

        private int filled;
        private int live;

        Segment(byte[] bytes, boolean shared) {
            this.bytes = bytes;
            this.shared = shared;
        }
    }

    KeptResources() {
        this.table = new ResourceTable();
        this.origin = null;
    }

    private KeptResources(KeptResources origin) {
        this.table = origin.table.copy();
        this.origin = origin;
        this.segments = origin.segments.clone();
        this.from = origin.from.clone();
        this.length = origin.length.clone();
    }

    int count() {
        return table.count();
    }

    String name(int row) {
        return table.name(row);
    }

    String version(int row) {
        return table.version(row);
    }

    /// The value; not to be changed.
    byte[] value(int row) {
        var segment = segments[row];
        return segment.shared ? segment.bytes : Arrays.copyOfRange(segment.bytes, from[row], from[row] + length[row]);
    }

    /// Writes the value as a field.
    void writeValue(int row, Writer writer, int field) {
        writer.bytes(field, segments[row].bytes, from[row], length[row]);
    }

    /// Writes name, version and value, each as its length, 4 bytes, and its bytes.
    void write(int row, DataOutputStream out) throws IOException {
        table.write(row, out);
        out.writeInt(length[row]);
        out.write(segments[row].bytes, from[row], length[row]);
    }

    /// The rows of these names, in any order, or all.
    int[] rows(boolean all, Set<String> names) {
        return all
                ? IntStream.range(0, count()).toArray()
                : names.stream().mapToInt(table::find).filter(row -> row >= 0).toArray();
    }

    /// What there is now, for another thread to read while this one is changed; to be closed by whoever reads.
    KeptResources view() {
        views.incrementAndGet();
        return new KeptResources(this);
    }

    /// Ends a view.
    @Override
    public void close() {
        if (origin != null) {
            origin.views.decrementAndGet();
        }
    }

    /// From here on, {@link #retainMet} tells what is put from what was there.
    void beginWalk() {
        walk++;
        last = -1;
    }

    void put(String name, String version, byte[] value) {
        var key = name.getBytes(StandardCharsets.UTF_8);
        var itsVersion = version.getBytes(StandardCharsets.UTF_8);
        int row = row(key, key.length, itsVersion, itsVersion.length);
        if (value.length <= SEGMENT / 2) {
            store(row, value, value.length);
        } else {
            free(row);
            place(row, new Segment(value, true), 0, value.length, value.length);
            held += value.length;
        }
        compactIfDue();
    }

    /// Takes in a resource, whose bytes are copied.
    void put(byte[] name, int nameLength, byte[] version, int versionLength, byte[] value, int valueLength) {
        store(row(name, nameLength, version, versionLength), value, valueLength);
        compactIfDue();
    }

    void remove(String name) {
        int row = table.find(name);
        if (row >= 0) {
            remove(row);
            compactIfDue();
        }
    }

    /// Removes what is listed.
    void remove(Listing gone) {
        for (int entry = 0; entry < gone.count(); entry++) {
            int row = table.find(gone, entry, 0);
            if (row >= 0) {
                remove(row);
            }
        }
        compactIfDue();
    }

    /// Removes all names but these.
    void retain(Predicate<String> names) {
        for (int row = count() - 1; row >= 0; row--) {
            if (!names.test(name(row))) {
                remove(row);
            }
        }
        compactIfDue();
    }

    /// Removes what was not put since {@link #beginWalk}, as far as these names go.
    void retainMet(Predicate<String> gone) {
        for (int row = count() - 1; row >= 0; row--) {
            if (met[row] != walk && gone.test(name(row))) {
                remove(row);
            }
        }
        compactIfDue();
    }

    /// Bytes of all arrays that hold values.
    long heldBytes() {
        return held;
    }

    private int row(byte[] name, int nameLength, byte[] version, int versionLength) {
        int row = table.find(name, 0, nameLength, last + 1);
        if (row < 0) {
            row = table.add(name, 0, nameLength);
            if (row == segments.length) {
                resize(Math.max(8, row + row / 2));
            }
            place(row, NOWHERE, 0, 0, 0);
        }
        table.version(row, version, 0, versionLength);
        met[row] = walk;
        last = row;
        return row;
    }

    private void store(int row, byte[] value, int size) {
        var segment = segments[row];
        boolean isRead = segment.shared || views.get() > 0;
        if (isRead && Arrays.equals(segment.bytes, from[row], from[row] + length[row], value, 0, size)) {
            return;
        }
        if (isRead || size > room[row] || room[row] > 2 * size + ALIGNMENT) {
            free(row);
            allocate(row, size);
        }
        length[row] = size;
        System.arraycopy(value, 0, segments[row].bytes, from[row], size);
    }

    private void allocate(int row, int size) {
        int need = (size + ALIGNMENT - 1) & -ALIGNMENT;
        if (need > SEGMENT / 2) {
            place(row, new Segment(new byte[size], false), 0, size, size);
            held += size;
            return;
        }
        if (tail.bytes.length - tail.filled < need) {
            seal();
            int whole = Math.clamp(live / 4, LEAST, SEGMENT);
            tail = new Segment(new byte[Math.max(whole, need)], false);
            held += tail.bytes.length;
        }
        place(row, tail, tail.filled, size, need);
        tail.filled += need;
    }

    /// Nothing more goes into the last array.
    private void seal() {
        if (tail.live == 0) {
            held -= tail.bytes.length;
        }
        tail = NOWHERE;
    }

    /// @param space that the value may fill
    private void place(int row, Segment segment, int at, int size, int space) {
        segments[row] = segment;
        from[row] = at;
        length[row] = size;
        room[row] = space;
        segment.live += space;
        live += space;
    }

    private void free(int row) {
        var segment = segments[row];
        segment.live -= room[row];
        live -= room[row];
        if (room[row] > 0 && segment.live == 0 && segment != tail) {
            held -= segment.bytes.length;
        }
        place(row, NOWHERE, 0, 0, 0);
    }

    /// Moves what is left of arrays that are a quarter garbage, so that they can go; the others are a third more
    /// than what lives at most.
    private void compactIfDue() {
        if (held - live <= live / 3 + SEGMENT) {
            return;
        }
        seal();
        for (int row = 0; row < count(); row++) {
            var old = segments[row];
            if (old.live <= old.bytes.length / 4 * 3 && old != tail) {
                int at = from[row];
                int size = length[row];
                free(row);
                allocate(row, size);
                System.arraycopy(old.bytes, at, segments[row].bytes, from[row], size);
            }
        }
    }

    private void remove(int row) {
        free(row);
        table.remove(row);
        int end = table.count();
        segments[row] = segments[end];
        segments[end] = NOWHERE;
        from[row] = from[end];
        length[row] = length[end];
        room[row] = room[end];
        met[row] = met[end];
        if (end < segments.length / 4) {
            resize(end * 2);
        }
    }

    private void resize(int rows) {
        segments = Arrays.copyOf(segments, rows);
        from = Arrays.copyOf(from, rows);
        length = Arrays.copyOf(length, rows);
        room = Arrays.copyOf(room, rows);
        met = Arrays.copyOf(met, rows);
    }
}
