package dev.outrigger.dns;

import java.util.Arrays;
import java.util.function.IntConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// An immutable hash table of entries, found by a range of bytes of a packet without allocating anything. A
/// changed copy shares every bucket that did not change, so that it costs as much as the change and one
/// array of references.
///
/// Entries of one key may be several; they stay in an order that does not depend on when they came, and the
/// first is the one that is found. Keys come from the control plane, not from clients, so collisions cannot
/// be provoked by queries.
final class NameIndex {
    private static final NameEntry[] NOTHING = {};
    static final NameIndex EMPTY = new NameIndex(new NameEntry[][] {NOTHING}, 0);

    private final NameEntry[][] buckets;
    private final int size;

    private NameIndex(NameEntry[][] buckets, int size) {
        this.buckets = buckets;
        this.size = size;
    }

    static int hash(byte[] bytes, int from, int to) {
        int hash = 0;
        for (int i = from; i < to; i++) {
            hash = 31 * hash + bytes[i];
        }
        return hash ^ hash >>> 15;
    }

    /// The first entry whose key is `name[from, to)`, which must be lower-case.
    @Nullable
    NameEntry find(byte[] name, int from, int to) {
        for (var entry : bucket(hash(name, from, to))) {
            if (entry.hasKey(name, from, to)) {
                return entry;
            }
        }
        return null;
    }

    /// What was put under this hash, and perhaps others.
    NameEntry[] bucket(int hash) {
        return buckets[hash & (buckets.length - 1)];
    }

    int size() {
        return size;
    }

    /// Every entry, as often as it was put.
    Stream<NameEntry> entries() {
        return Arrays.stream(buckets).flatMap(Arrays::stream);
    }

    /// Begins a changed copy.
    Editor edit() {
        return new Editor(this);
    }

    /// Collects changes. Owned by whoever makes it.
    static final class Editor {
        private static final int MEAN_PER_BUCKET = 2;

        private NameEntry[][] buckets;
        private int size;

        private Editor(NameIndex of) {
            buckets = of.buckets.clone();
            size = of.size;
        }

        /// Makes room for so many more, so that they need not move while they are put.
        ///
        /// @param hasher the hash under which an entry of this index was put
        Editor expect(int more, Hasher hasher) {
            int wanted = Integer.highestOneBit(Math.max(1, (size + more) / MEAN_PER_BUCKET));
            if (wanted > buckets.length) {
                rehash(wanted, hasher);
            }
            return this;
        }

        void put(int hash, NameEntry entry) {
            int at = hash & (buckets.length - 1);
            var old = buckets[at];
            int place = 0;
            while (place < old.length && Arrays.compareUnsigned(old[place].data, entry.data) <= 0) {
                place++;
            }
            var bucket = new NameEntry[old.length + 1];
            System.arraycopy(old, 0, bucket, 0, place);
            System.arraycopy(old, place, bucket, place + 1, old.length - place);
            bucket[place] = entry;
            buckets[at] = bucket;
            size++;
        }

        /// Takes out one entry that is the same.
        ///
        /// @return whether there was one
        boolean remove(int hash, NameEntry entry) {
            int at = hash & (buckets.length - 1);
            var old = buckets[at];
            for (int i = 0; i < old.length; i++) {
                if (old[i].isSame(entry)) {
                    buckets[at] = without(old, i);
                    size--;
                    return true;
                }
            }
            return false;
        }

        /// What is under this hash now, and perhaps under others.
        NameEntry[] bucket(int hash) {
            return buckets[hash & (buckets.length - 1)];
        }

        NameIndex done() {
            return size == 0 ? EMPTY : new NameIndex(buckets, size);
        }

        private static NameEntry[] without(NameEntry[] bucket, int index) {
            if (bucket.length == 1) {
                return NOTHING;
            }
            var rest = new NameEntry[bucket.length - 1];
            System.arraycopy(bucket, 0, rest, 0, index);
            System.arraycopy(bucket, index + 1, rest, index, rest.length - index);
            return rest;
        }

        private void rehash(int wanted, Hasher hasher) {
            var old = buckets;
            buckets = new NameEntry[wanted][];
            Arrays.fill(buckets, NOTHING);
            size = 0;
            for (int i = 0; i < old.length; i++) {
                var bucket = old[i];
                for (int j = 0; j < bucket.length; j++) {
                    var entry = bucket[j];
                    // Put under several hashes that met here, an entry is there several times, side by side.
                    if (j == 0 || bucket[j - 1] != entry) {
                        int from = i;
                        hasher.hashesOf(entry, hash -> putIfFrom(from, old.length, hash, entry));
                    }
                }
            }
        }

        private void putIfFrom(int bucket, int buckets, int hash, NameEntry entry) {
            if ((hash & (buckets - 1)) == bucket) {
                put(hash, entry);
            }
        }
    }

    /// Tells again under which hashes an entry was put.
    interface Hasher {
        Hasher BY_KEY = (entry, then) -> then.accept(hash(entry.data, 0, entry.keyBytes()));

        /// Once for each address.
        Hasher BY_ADDRESS = (entry, then) -> {
            for (int i = 0; i < entry.addressCount(); i++) {
                int at = entry.addressAt(i);
                then.accept(hash(entry.data, at, at + entry.addressBytes(i)));
            }
        };

        void hashesOf(NameEntry entry, IntConsumer then);
    }
}
