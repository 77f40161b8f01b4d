package dev.outrigger.xds;

import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.util.AbstractList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a message lists: names, each with a version, the size of the resource and its checksum, in the order of
/// the message. One array for all texts, so that ten thousand resources are not ten thousand objects.
///
/// Never changes. {@link #find} is for one thread at a time.
final class Listing {
    static final Listing EMPTY = new Builder(0).build();

    /// Version and name of each entry, one after the other.
    private final byte[] text;
    /// Where they end in it, two an entry.
    private final int[] ends;

    private final int[] sizes;
    private final int[] checksums;
    private final int count;
    /// By hash of the name: entry + 1, or 0. Made when first asked for.
    private int @Nullable [] index;

    private Listing(Builder builder) {
        this.count = builder.count;
        this.text = fitting(builder.text, builder.used);
        this.ends = fitting(builder.ends, 2 * count);
        this.sizes = fitting(builder.sizes, builder.sizes.length == 0 ? 0 : count);
        this.checksums = fitting(builder.checksums, builder.checksums.length == 0 ? 0 : count);
    }

    int count() {
        return count;
    }

    boolean isEmpty() {
        return count == 0;
    }

    /// The array that {@link #nameFrom} and the others point into; not to be changed.
    byte[] text() {
        return text;
    }

    int nameFrom(int entry) {
        return ends[2 * entry];
    }

    int nameTo(int entry) {
        return ends[2 * entry + 1];
    }

    int versionFrom(int entry) {
        return entry == 0 ? 0 : ends[2 * entry - 1];
    }

    int versionTo(int entry) {
        return ends[2 * entry];
    }

    String name(int entry) {
        return new String(text, nameFrom(entry), nameTo(entry) - nameFrom(entry), StandardCharsets.UTF_8);
    }

    /// Bytes of the resource; 0 when that was not read.
    int size(int entry) {
        return entry < sizes.length ? sizes[entry] : 0;
    }

    /// CRC32 of the resource; 0 when that was not read.
    int checksum(int entry) {
        return entry < checksums.length ? checksums[entry] : 0;
    }

    /// The names, each made when it is asked for.
    List<String> names() {
        return new AbstractList<>() {
            @Override
            public String get(int entry) {
                return name(entry);
            }

            @Override
            public int size() {
                return count;
            }
        };
    }

    /// Looks for a name.
    ///
    /// @param after only behind this entry; -1 for the first one of the name
    /// @return its entry, or -1; a name may stand more than once
    int find(String name, int after) {
        var bytes = name.getBytes(StandardCharsets.UTF_8);
        int bits = NameHash.bits(count);
        var entries = index(bits);
        int slot = NameHash.slot(new NameHash().of(bytes, 0, bytes.length), bits);
        while (entries[slot] != 0) {
            int entry = entries[slot] - 1;
            if (entry > after && Arrays.equals(text, nameFrom(entry), nameTo(entry), bytes, 0, bytes.length)) {
                return entry;
            }
            slot = (slot + 1) & (entries.length - 1);
        }
        return -1;
    }

    /// Whether the other lists the same names in the same order.
    boolean hasSameNames(Listing other) {
        if (count() != other.count()) {
            return false;
        }
        for (int entry = 0; entry < count(); entry++) {
            if (!Arrays.equals(
                    text, nameFrom(entry), nameTo(entry), other.text, other.nameFrom(entry), other.nameTo(entry))) {
                return false;
            }
        }
        return true;
    }

    private int[] index(int bits) {
        var known = index;
        if (known != null) {
            return known;
        }
        var entries = new int[1 << bits];
        var hash = new NameHash();
        for (int entry = 0; entry < count; entry++) {
            int slot = NameHash.slot(hash.of(text, nameFrom(entry), nameTo(entry)), bits);
            while (entries[slot] != 0) {
                slot = (slot + 1) & (entries.length - 1);
            }
            entries[slot] = entry + 1;
        }
        index = entries;
        return entries;
    }

    private static byte[] fitting(byte[] array, int used) {
        return array.length - used > used / 4 ? Arrays.copyOf(array, used) : array;
    }

    private static int[] fitting(int[] array, int used) {
        return array.length - used > used / 4 ? Arrays.copyOf(array, used) : array;
    }

    /// Takes entries in while a message is walked: {@link #begin}, in any order {@link #name} and {@link
    /// #version}, {@link #end}. Owned by whoever made it.
    static final class Builder {
        private static final int FIRST = 16;

        private final int total;
        private byte[] text = new byte[0];
        private int[] ends = new int[0];
        private int[] sizes = new int[0];
        private int[] checksums = new int[0];
        private int count;
        private int used;
        private int walked;
        private int nameFrom;
        private int nameTo;
        private int versionFrom;
        private int versionTo;

        /// @param total length of the whole message
        Builder(int total) {
            this.total = total;
        }

        void begin() {
            int start = count == 0 ? 0 : ends[2 * count - 1];
            used = start;
            nameFrom = start;
            nameTo = start;
            versionFrom = start;
            versionTo = start;
        }

        /// The current field is the name.
        void name(Fields fields) throws ProtocolException {
            nameFrom = used;
            nameTo = append(fields);
        }

        /// The current field is the version.
        void version(Fields fields) throws ProtocolException {
            versionFrom = used;
            versionTo = append(fields);
        }

        /// The entry is complete.
        void end(int size, int checksum) {
            int start = count == 0 ? 0 : ends[2 * count - 1];
            if (versionTo == versionFrom && nameFrom == start) {
                versionTo = start; // no version, so none is where it belongs
            } else if (versionFrom != start || (nameFrom != versionTo && nameFrom != nameTo)) {
                order(start);
            }
            if (2 * count + 2 > ends.length) {
                ends = Arrays.copyOf(ends, grown(2 * count, 2, 2 * FIRST));
            }
            ends[2 * count] = versionTo;
            used = versionTo + nameTo - nameFrom;
            ends[2 * count + 1] = used;
            if (size != 0) {
                sizes = put(sizes, size);
            }
            if (checksum != 0) {
                checksums = put(checksums, checksum);
            }
            count++;
        }

        /// Forgets all entries.
        void clear() {
            count = 0;
        }

        Listing build() {
            used = count == 0 ? 0 : ends[2 * count - 1];
            return new Listing(this);
        }

        /// The version first, whatever the order of the fields was and however often they stood there.
        private void order(int start) {
            var version = Arrays.copyOfRange(text, versionFrom, versionTo);
            var name = Arrays.copyOfRange(text, nameFrom, nameTo);
            System.arraycopy(version, 0, text, start, version.length);
            System.arraycopy(name, 0, text, start + version.length, name.length);
            versionTo = start + version.length;
            nameFrom = versionTo;
            nameTo = nameFrom + name.length;
        }

        private int append(Fields fields) throws ProtocolException {
            int size = fields.size();
            walked = fields.end();
            if (used + size > text.length) {
                text = Arrays.copyOf(text, grown(used, size, 64 * FIRST));
            }
            fields.copyTo(text, used);
            used += size;
            return used;
        }

        private int[] put(int[] array, int value) {
            var into = count < array.length ? array : Arrays.copyOf(array, grown(count, 1, FIRST));
            into[count] = value;
            return into;
        }

        /// Room for what is still to come, if it goes on as it began, once a few entries tell how that is.
        private int grown(int has, int more, int first) {
            long guess = has < first ? first : (long) has * total / walked * 9 / 8 + first;
            return (int) Math.max((long) has + more + has / 4, Math.min(guess, total));
        }
    }
}
