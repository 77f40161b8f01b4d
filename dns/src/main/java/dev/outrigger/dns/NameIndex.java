package dev.outrigger.dns;

import java.util.Arrays;
import java.util.Collection;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// An immutable hash table that finds an entry by a range of bytes of a packet, so that a lookup allocates
/// nothing. Keys come from the control plane, not from clients, so collisions cannot be provoked by queries.
final class NameIndex {
    private final @Nullable NameEntry[] slots;
    private final int size;

    /// Indexes entries whose keys differ from each other.
    NameIndex(Collection<NameEntry> entries) {
        slots = new NameEntry[Integer.highestOneBit(Math.max(1, entries.size())) << 2];
        size = entries.size();
        entries.forEach(this::put);
    }

    /// The entry whose key is `name[from, to)`, which must be lower-case.
    @Nullable
    NameEntry find(byte[] name, int from, int to) {
        for (int i = slot(name, from, to); ; i = next(i)) {
            var entry = slots[i];
            if (entry == null || Arrays.equals(entry.key, 0, entry.key.length, name, from, to)) {
                return entry;
            }
        }
    }

    int size() {
        return size;
    }

    Stream<NameEntry> entries() {
        return Arrays.stream(slots).filter(Objects::nonNull).map(Objects::requireNonNull);
    }

    private void put(NameEntry entry) {
        int i = slot(entry.key, 0, entry.key.length);
        while (slots[i] != null) {
            i = next(i);
        }
        slots[i] = entry;
    }

    private int slot(byte[] name, int from, int to) {
        int hash = 0;
        for (int i = from; i < to; i++) {
            hash = 31 * hash + name[i];
        }
        return (hash ^ (hash >>> 15)) & (slots.length - 1);
    }

    private int next(int slot) {
        return (slot + 1) & (slots.length - 1);
    }
}
