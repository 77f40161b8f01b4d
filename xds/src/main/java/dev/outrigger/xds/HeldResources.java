package dev.outrigger.xds;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;

/// The resources of one type that a client accepted, and which pushes brought them. Guarded by its {@link
/// Holdings}.
final class HeldResources {
    private static final long SECOND = 1_000_000_000L;

    private final ResourceTable table = new ResourceTable();
    /// Whether versions are those of whole pushes, which say nothing of one resource.
    private final boolean worldVersions;

    private int[] sizes = new int[0];
    private int[] checksums = new int[0];
    private long[] since = new long[0];
    private long[] changedBy = new long[0];
    private long[] carriedBy = new long[0];
    /// The last walk over a push in which the row was met.
    private int[] met = new int[0];

    private int walk;
    /// Counts what makes a {@link Comparison} outdated.
    private int revision;

    /// How the entries of a push relate to what was held when it came, so that an ACK need not look again.
    ///
    /// @param rows of each entry twice its row, and one more when it is another version; -1 when it is new
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Comparison(int[] rows, int revision) {}

    /// A push that the client accepted.
    ///
    /// @param version of the push, for resources that have none of their own
    /// @param at when it came, in nanoseconds of the epoch
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Accepted(Listing listing, byte[] version, Comparison comparison, long at, long number) {}

    HeldResources(Protocol protocol) {
        this.worldVersions = protocol == Protocol.SOTW;
    }

    int count() {
        return table.count();
    }

    /// What the client has brought along; of that, only the version is known.
    void bring(Listing brought, Instant now) {
        for (int entry = 0; entry < brought.count(); entry++) {
            if (table.find(brought, entry, table.count()) < 0) {
                add(table.add(brought, entry), nanos(now), 0);
                revision++;
            }
        }
    }

    /// Tells what a push adds and changes, and, of a push that has everything, what it takes away.
    ///
    /// @param version of the push, for resources that have none of their own
    Comparison compare(
            Listing push,
            byte[] version,
            boolean isComplete,
            Journal.Collector added,
            Journal.Collector changed,
            Journal.Collector removed) {
        walk++;
        var rows = new int[push.count()];
        int meetings = 0;
        int row = -1;
        for (int entry = 0; entry < push.count(); entry++) {
            int found = table.find(push, entry, row + 1);
            if (found < 0) {
                added.add(push, entry);
                rows[entry] = -1;
                continue;
            }
            row = found;
            rows[entry] = 2 * row;
            if (isOther(push, entry, version, row)) {
                changed.add(push, entry);
                rows[entry]++;
            }
            if (met[row] != walk) {
                met[row] = walk;
                meetings++;
            }
        }
        if (isComplete && meetings < table.count()) {
            tellUnmet(removed);
        }
        return new Comparison(rows, revision);
    }

    private void tellUnmet(Journal.Collector removed) {
        for (int row = 0; row < table.count(); row++) {
            if (met[row] != walk) {
                removed.add(table, row);
            }
        }
    }

    /// Takes in a push that the client accepted.
    ///
    /// @param asked names that count, unless `all` do
    void accept(Accepted push, ResourceTable asked, boolean all) {
        boolean isKnown = push.comparison().revision() == revision;
        walk++;
        revision++;
        var listing = push.listing();
        int row = -1;
        int wanted = -1;
        for (int entry = 0; entry < listing.count(); entry++) {
            int seen = isKnown ? push.comparison().rows()[entry] : look(push, entry, row + 1);
            if (seen < 0 || met[seen >> 1] == walk) {
                seen = look(push, entry, table.count()); // a name that stands twice is another by now
            }
            if (seen >= 0) {
                row = seen >> 1;
                met[row] = walk;
            }
            if (!all) {
                int found = asked.find(listing, entry, wanted + 1);
                if (found < 0) {
                    continue;
                }
                wanted = found;
            }
            row = seen < 0 ? add(push, entry) : keep(push, entry, row, (seen & 1) != 0);
        }
    }

    private int look(Accepted push, int entry, int guess) {
        int row = table.find(push.listing(), entry, guess);
        if (row < 0) {
            return -1;
        }
        return isOther(push.listing(), entry, push.version(), row) ? 2 * row + 1 : 2 * row;
    }

    private int add(Accepted push, int entry) {
        int row = table.add(push.listing(), entry);
        add(row, push.at(), push.number());
        fill(push.listing(), entry, push.version(), row);
        met[row] = walk;
        return row;
    }

    private int keep(Accepted push, int entry, int row, boolean isOther) {
        if (isOther) {
            fill(push.listing(), entry, push.version(), row);
            since[row] = push.at();
            changedBy[row] = push.number();
        } else if (sizes[row] == 0) {
            fill(push.listing(), entry, push.version(), row); // brought along: only now is its size known
        }
        carriedBy[row] = push.number();
        return row;
    }

    /// Removes what the last push that was accepted did not have.
    void removeUnmet() {
        for (int row = table.count() - 1; row >= 0; row--) {
            if (met[row] != walk) {
                remove(row);
            }
        }
    }

    void remove(Listing gone) {
        for (int entry = 0; entry < gone.count(); entry++) {
            int row = table.find(gone, entry, 0);
            if (row >= 0) {
                remove(row);
            }
        }
    }

    void remove(String name) {
        int row = table.find(name);
        if (row >= 0) {
            remove(row);
        }
    }

    void retain(Predicate<String> names) {
        for (int row = table.count() - 1; row >= 0; row--) {
            if (!names.test(table.name(row))) {
                remove(row);
            }
        }
    }

    void clear() {
        revision++;
        table.clear();
        resize(0);
    }

    List<XdsHistory.Resource> toList() {
        var resources = new ArrayList<XdsHistory.Resource>(table.count());
        for (int row = 0; row < table.count(); row++) {
            var when = Instant.ofEpochSecond(Math.floorDiv(since[row], SECOND), Math.floorMod(since[row], SECOND));
            resources.add(new XdsHistory.Resource(
                    table.name(row), table.version(row), sizes[row], when, changedBy[row], carriedBy[row]));
        }
        return resources;
    }

    /// Versions of the state-of-the-world protocol are those of the whole push and say nothing of one resource.
    /// Of what the client brought along, only the version is known.
    private boolean isOther(Listing push, int entry, byte[] version, int row) {
        if (!worldVersions && !isVersion(push, entry, version, row)) {
            return true;
        }
        boolean sameBytes = push.size(entry) == sizes[row] && push.checksum(entry) == checksums[row];
        boolean unknown = !worldVersions && sizes[row] == 0;
        return !sameBytes && !unknown;
    }

    private boolean isVersion(Listing push, int entry, byte[] version, int row) {
        int from = push.versionFrom(entry);
        int to = push.versionTo(entry);
        return from == to
                ? table.isVersion(row, version, 0, version.length)
                : table.isVersion(row, push.text(), from, to);
    }

    private void fill(Listing push, int entry, byte[] version, int row) {
        int from = push.versionFrom(entry);
        int to = push.versionTo(entry);
        if (from == to) {
            table.version(row, version, 0, version.length);
        } else {
            table.version(row, push.text(), from, to);
        }
        sizes[row] = push.size(entry);
        checksums[row] = push.checksum(entry);
    }

    private void add(int row, long now, long number) {
        if (row == sizes.length) {
            resize(Math.max(8, row + row / 2));
        }
        sizes[row] = 0;
        checksums[row] = 0;
        since[row] = now;
        changedBy[row] = number;
        carriedBy[row] = number;
        met[row] = 0;
    }

    private void remove(int row) {
        revision++;
        table.remove(row);
        int last = table.count();
        sizes[row] = sizes[last];
        checksums[row] = checksums[last];
        since[row] = since[last];
        changedBy[row] = changedBy[last];
        carriedBy[row] = carriedBy[last];
        met[row] = met[last];
        if (last < sizes.length / 4) {
            resize(last * 2);
        }
    }

    private void resize(int rows) {
        sizes = Arrays.copyOf(sizes, rows);
        checksums = Arrays.copyOf(checksums, rows);
        since = Arrays.copyOf(since, rows);
        changedBy = Arrays.copyOf(changedBy, rows);
        carriedBy = Arrays.copyOf(carriedBy, rows);
        met = Arrays.copyOf(met, rows);
    }

    static long nanos(Instant at) {
        return at.getEpochSecond() * SECOND + at.getNano();
    }
}
