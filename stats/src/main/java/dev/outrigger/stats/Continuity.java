package dev.outrigger.stats;

import java.util.Arrays;
import java.util.function.LongSupplier;

/// Keeps Envoy's counters from falling when Envoy is started anew: what was shown last of a series is added to
/// what the new Envoy counts. Any thread.
///
/// Only series above zero are remembered, by a hash of their name and labels: 24 bytes each, at most {@link
/// #MOST}; what does not fit starts at zero again, which Prometheus takes for a reset. What an Envoy counted
/// after its last scrape is lost with it.
final class Continuity {
    /// Most series that are remembered.
    static final int MOST = 200_000;

    private static final int FIRST = 1024;

    private final LongSupplier ends;
    private long[] hashes = new long[FIRST];
    /// What the Envoy before had come to, all its forerunners included.
    private double[] before = new double[FIRST];
    private double[] shown = new double[FIRST];
    private int size;
    private long envoy;

    /// @param ends how many times an Envoy has ended so far
    Continuity(LongSupplier ends) {
        this.ends = ends;
    }

    /// Which Envoy runs. A scrape asks before it asks Envoy.
    synchronized long envoy() {
        var now = ends.getAsLong();
        if (now != envoy) {
            envoy = now;
            System.arraycopy(shown, 0, before, 0, shown.length);
        }
        return envoy;
    }

    /// What to show for a series that an Envoy gives as `value`.
    ///
    /// @param asked what {@link #envoy} said before that Envoy was asked; a scrape of an Envoy that is gone is
    ///     shown what it said
    /// @param hash of name and labels
    /// @param value finite, not negative
    synchronized double shown(long asked, long hash, double value) {
        if (asked != envoy) {
            return value;
        }
        var slot = slot(hash);
        if (hashes[slot] == 0) {
            if (value == 0 || size == MOST) {
                return value;
            }
            slot = insert(hash);
        }
        // Two scrapes may overtake each other.
        shown[slot] = Math.max(shown[slot], before[slot] + value);
        return before[slot] + value;
    }

    /// How many series are remembered.
    synchronized int size() {
        return size;
    }

    private int insert(long hash) {
        if (2 * ++size > hashes.length) {
            grow();
        }
        var slot = slot(hash);
        hashes[slot] = hash;
        return slot;
    }

    private void grow() {
        var oldHashes = hashes;
        var oldBefore = before;
        var oldShown = shown;
        hashes = new long[2 * oldHashes.length];
        before = Arrays.copyOf(new double[0], hashes.length);
        shown = Arrays.copyOf(new double[0], hashes.length);
        for (var i = 0; i < oldHashes.length; i++) {
            if (oldHashes[i] != 0) {
                var slot = slot(oldHashes[i]);
                hashes[slot] = oldHashes[i];
                before[slot] = oldBefore[i];
                shown[slot] = oldShown[i];
            }
        }
    }

    /// Where this hash is, or would be.
    private int slot(long hash) {
        var slot = (int) (hash >>> 32) & (hashes.length - 1);
        while (hashes[slot] != 0 && hashes[slot] != hash) {
            slot = (slot + 1) & (hashes.length - 1);
        }
        return slot;
    }
}
