package dev.outrigger.xds;

import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Names, each with a version, in arrays instead of objects: ten thousand of them neither cost an allocation when
/// they are looked up or given a new version, nor a walk over as many objects when garbage is collected.
///
/// Rows are numbered from 0 without gaps, in the order in which names came; {@link #remove} alone moves a row.
/// Text is UTF-8. Not thread safe.
final class ResourceTable {
    private static final int MIN_ROWS = 8;

    private final NameHash hash = new NameHash();
    private int count;
    /// Open addressing with linear probing: row + 1, or 0.
    private int[] index = new int[0];

    private int bits;
    private int[] hashes = new int[0];
    /// Where the name begins in the text; the version follows it.
    private int[] nameFrom = new int[0];

    private int[] nameLength = new int[0];
    private int[] versionLength = new int[0];
    /// Bytes that the version may grow to in its place.
    private int[] versionRoom = new int[0];

    private byte[] text = new byte[0];
    private int used;
    /// Of the used bytes, those that belong to a row.
    private int live;

    ResourceTable() {}

    private ResourceTable(ResourceTable other) {
        this.count = other.count;
        this.index = other.index.clone();
        this.bits = other.bits;
        this.hashes = other.hashes.clone();
        this.nameFrom = other.nameFrom.clone();
        this.nameLength = other.nameLength.clone();
        this.versionLength = other.versionLength.clone();
        this.versionRoom = other.versionRoom.clone();
        this.text = other.text.clone();
        this.used = other.used;
        this.live = other.live;
    }

    ResourceTable copy() {
        return new ResourceTable(this);
    }

    int count() {
        return count;
    }

    boolean isEmpty() {
        return count == 0;
    }

    String name(int row) {
        return new String(text, nameFrom[row], nameLength[row], StandardCharsets.UTF_8);
    }

    String version(int row) {
        return new String(text, nameFrom[row] + nameLength[row], versionLength[row], StandardCharsets.UTF_8);
    }

    boolean contains(String name) {
        return find(name) >= 0;
    }

    /// Whether it has all names of the other.
    boolean containsAll(ResourceTable other) {
        int found = -1;
        for (int row = 0; row < other.count; row++) {
            int from = other.nameFrom[row];
            found = find(other.text, from, from + other.nameLength[row], found + 1);
            if (found < 0) {
                return false;
            }
        }
        return true;
    }

    /// @return the row of the name, or -1
    int find(String name) {
        var bytes = name.getBytes(StandardCharsets.UTF_8);
        return find(bytes, 0, bytes.length, 0);
    }

    /// Looks for a name.
    ///
    /// @param guess row where it may be, as the one behind the row that was found last; any number will do
    /// @return its row, or -1
    int find(byte[] source, int from, int to, int guess) {
        if (guess < count && isName(guess, source, from, to)) {
            return guess;
        }
        return count == 0 ? -1 : find(source, from, to, hash.of(source, from, to), bits);
    }

    int find(Listing listing, int entry, int guess) {
        return find(listing.text(), listing.nameFrom(entry), listing.nameTo(entry), guess);
    }

    private int find(byte[] source, int from, int to, int hash, int bits) {
        int slot = NameHash.slot(hash, bits);
        for (int row = index[slot] - 1; row >= 0; row = index[slot] - 1) {
            if (hashes[row] == hash && isName(row, source, from, to)) {
                return row;
            }
            slot = (slot + 1) & (index.length - 1);
        }
        return -1;
    }

    private boolean isName(int row, byte[] source, int from, int to) {
        int start = nameFrom[row];
        int length = nameLength[row];
        return length == to - from && Arrays.equals(text, start, start + length, source, from, to);
    }

    boolean isVersion(int row, byte[] source, int from, int to) {
        int start = nameFrom[row] + nameLength[row];
        int length = versionLength[row];
        return length == to - from && Arrays.equals(text, start, start + length, source, from, to);
    }

    /// Adds a name that is not there, with an empty version.
    ///
    /// @return its row, the last one
    int add(byte[] source, int from, int to) {
        if (count == hashes.length) {
            resize(Math.max(MIN_ROWS, count + count / 2));
        }
        int length = to - from;
        if (used + length > text.length) {
            rewrite(length);
        }
        int row = count++;
        hashes[row] = hash.of(source, from, to);
        nameFrom[row] = used;
        nameLength[row] = length;
        versionLength[row] = 0;
        versionRoom[row] = 0;
        System.arraycopy(source, from, text, used, length);
        used += length;
        live += length;
        enter(row);
        return row;
    }

    /// Adds a name that is not there, with its version.
    int add(Listing listing, int entry) {
        int row = add(listing.text(), listing.nameFrom(entry), listing.nameTo(entry));
        version(row, listing.text(), listing.versionFrom(entry), listing.versionTo(entry));
        return row;
    }

    /// Adds a name with an empty version, or finds it.
    ///
    /// @return whether it was not there
    boolean add(String name) {
        var bytes = name.getBytes(StandardCharsets.UTF_8);
        boolean isNew = find(bytes, 0, bytes.length, 0) < 0;
        if (isNew) {
            add(bytes, 0, bytes.length);
        }
        return isNew;
    }

    /// Gives a row another version.
    void version(int row, byte[] source, int from, int to) {
        int length = to - from;
        if (length > versionRoom[row]) {
            makeRoom(row, (length + 3) & ~3);
        }
        versionLength[row] = length;
        System.arraycopy(source, from, text, nameFrom[row] + nameLength[row], length);
    }

    private void makeRoom(int row, int room) {
        int more = room - versionRoom[row];
        boolean isLast = nameFrom[row] + nameLength[row] + versionRoom[row] == used;
        if (!isLast || used + more > text.length) {
            int length = nameLength[row];
            if (used + length + room > text.length) {
                rewrite(length + room);
            }
            System.arraycopy(text, nameFrom[row], text, used, length);
            nameFrom[row] = used;
            used += length + versionRoom[row];
        }
        used += more;
        live += more;
        versionRoom[row] = room;
    }

    /// Removes a row; the last one takes its place.
    void remove(int row) {
        leave(row);
        live -= nameLength[row] + versionRoom[row];
        int last = --count;
        if (row != last) {
            index[slotOf(last)] = row + 1;
            hashes[row] = hashes[last];
            nameFrom[row] = nameFrom[last];
            nameLength[row] = nameLength[last];
            versionLength[row] = versionLength[last];
            versionRoom[row] = versionRoom[last];
        }
        if (hashes.length > MIN_ROWS && count < hashes.length / 4) {
            resize(Math.max(MIN_ROWS, count * 2));
            rewrite(0);
        }
    }

    void remove(String name) {
        int row = find(name);
        if (row >= 0) {
            remove(row);
        }
    }

    /// The names, all made now.
    List<String> names() {
        return IntStream.range(0, count).mapToObj(this::name).toList();
    }

    /// Removes all names but these.
    void retain(Predicate<String> names) {
        for (int row = count - 1; row >= 0; row--) { // backwards: a removal moves the last row, which was seen
            if (!names.test(name(row))) {
                remove(row);
            }
        }
    }

    void clear() {
        count = 0;
        live = 0;
        resize(0);
        rewrite(0);
    }

    /// Takes in what a message lists, and what it says is gone.
    ///
    /// @param skipped entries of the listing that do not count; null for none
    void take(Listing listing, @Nullable BitSet skipped, Listing gone) {
        int guess = 0;
        for (int entry = 0; entry < listing.count(); entry++) {
            if (skipped == null || !skipped.get(entry)) {
                guess = take(listing, entry, guess) + 1;
            }
        }
        for (int entry = 0; entry < gone.count(); entry++) {
            int row = find(gone, entry, 0);
            if (row >= 0) {
                remove(row);
            }
        }
    }

    /// Writes each name and its version as an entry of a map.
    void writeTo(Writer writer, int field) {
        for (int row = 0; row < count; row++) {
            writer.message(field, new Writer().string(1, name(row)).string(2, version(row)));
        }
    }

    /// Writes name and version of a row, each as its length, 4 bytes, and its bytes.
    void write(int row, DataOutputStream out) throws IOException {
        out.writeInt(nameLength[row]);
        out.write(text, nameFrom[row], nameLength[row]);
        out.writeInt(versionLength[row]);
        out.write(text, nameFrom[row] + nameLength[row], versionLength[row]);
    }

    private int take(Listing listing, int entry, int guess) {
        int row = find(listing, entry, guess);
        if (row < 0) {
            return add(listing, entry);
        }
        version(row, listing.text(), listing.versionFrom(entry), listing.versionTo(entry));
        return row;
    }

    private void enter(int row) {
        int slot = NameHash.slot(hashes[row], bits);
        while (index[slot] != 0) {
            slot = (slot + 1) & (index.length - 1);
        }
        index[slot] = row + 1;
    }

    private int slotOf(int row) {
        int slot = NameHash.slot(hashes[row], bits);
        while (index[slot] != row + 1) {
            slot = (slot + 1) & (index.length - 1);
        }
        return slot;
    }

    /// Takes a row out of the index; what stands behind it moves up as far as it belongs.
    private void leave(int row) {
        int mask = index.length - 1;
        int hole = slotOf(row);
        for (int slot = (hole + 1) & mask; index[slot] != 0; slot = (slot + 1) & mask) {
            int home = NameHash.slot(hashes[index[slot] - 1], bits);
            if (((slot - home) & mask) >= ((slot - hole) & mask)) {
                index[hole] = index[slot];
                hole = slot;
            }
        }
        index[hole] = 0;
    }

    private void resize(int rows) {
        hashes = Arrays.copyOf(hashes, rows);
        nameFrom = Arrays.copyOf(nameFrom, rows);
        nameLength = Arrays.copyOf(nameLength, rows);
        versionLength = Arrays.copyOf(versionLength, rows);
        versionRoom = Arrays.copyOf(versionRoom, rows);
        bits = NameHash.bits(rows);
        index = new int[1 << bits];
        for (int row = 0; row < count; row++) {
            enter(row);
        }
    }

    /// Moves the text into an array in which `more` bytes are free, and half of it again.
    private void rewrite(int more) {
        var target = new byte[live + more + (live + more) / 2];
        int at = 0;
        for (int row = 0; row < count; row++) {
            int length = nameLength[row] + versionRoom[row];
            System.arraycopy(text, nameFrom[row], target, at, length);
            nameFrom[row] = at;
            at += length;
        }
        text = target;
        used = at;
    }
}
