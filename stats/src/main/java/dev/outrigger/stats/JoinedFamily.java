package dev.outrigger.stats;

import dev.outrigger.stats.StatsMetrics.Reason;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the sources that are held in memory have under one name, each series once: the first one stays. One
/// thread.
final class JoinedFamily {
    private final StatsMetrics metrics;
    private final String name;
    private final List<Family> parts = new ArrayList<>();
    private final SampleLine held;
    private final SampleLine other;
    private @Nullable MetricType type;
    private String help = "";
    private String unit = "";
    /// Its only part is of one source, which writes the same series in the same way.
    private boolean isAlone;
    private boolean isDemoted;
    private BitSet left = new BitSet();
    private int[] hashes = new int[0];
    /// Open addressing: number of a sample plus one, or zero.
    private int[] slots = new int[0];

    /// @param held scratch, which many families may share
    /// @param other the same
    JoinedFamily(String name, StatsMetrics metrics, SampleLine held, SampleLine other) {
        this.held = held;
        this.other = other;
        this.name = name;
        this.metrics = metrics;
    }

    String name() {
        return name;
    }

    /// Null when no source said.
    @Nullable
    MetricType type() {
        return type;
    }

    String help() {
        return help;
    }

    Head head() {
        return head("");
    }

    /// @param first the help text of the source that is written first, empty when it has none
    Head head(String first) {
        return new Head(name, isDemoted ? MetricType.UNTYPED : type, first.isEmpty() ? help : first, unit);
    }

    /// Whether any source has samples here.
    boolean isWaiting() {
        return !parts.isEmpty();
    }

    void add(Family part) {
        parts.add(part);
    }

    /// Takes the type that was declared first, drops samples of others, and looks for series that are there
    /// twice. {@link #remove} and {@link #writeTo} need this.
    ///
    /// @param declared by the source that is written already, if there is one
    /// @param isWritten whether there is one
    void settle(@Nullable MetricType declared, boolean isWritten) {
        type = declared;
        for (var parts = this.parts.iterator(); parts.hasNext(); ) {
            var part = parts.next();
            type = type == null ? part.type() : type;
            if (part.type() == null || part.type() == type) {
                help = help.isEmpty() ? part.help() : help;
                unit = unit.isEmpty() ? part.unit() : unit;
            } else {
                metrics.dropped(part.source(), Reason.CONFLICT, part.size());
                parts.remove();
            }
        }
        isAlone = !isWritten && parts.size() == 1;
        index();
    }

    /// What is written of it is not a counter for OpenMetrics, as another family has that name.
    void demote() {
        isDemoted = true;
    }

    /// Counts all samples as left out.
    void drop(Reason reason) {
        parts.forEach(part -> metrics.dropped(part.source(), reason, part.size()));
    }

    private void index() {
        var size = parts.stream().mapToInt(Family::size).sum();
        hashes = new int[size];
        slots = new int[Integer.highestOneBit(Math.max(1, size)) * 4];
        left = new BitSet(size);
        var number = 0;
        for (var part : parts) {
            for (var i = 0; i < part.size(); i++, number++) {
                insert(number, isAlone ? part.hash(i) : seriesHash(part, i), part.source());
            }
        }
    }

    /// Leaves a series out that was already written.
    void remove(SampleLine written) {
        var hash = Series.hash(written);
        for (var slot = slot(hash); slots[slot] != 0; slot = slot + 1 & slots.length - 1) {
            var number = slots[slot] - 1;
            if (hashes[number] == hash && left.get(number) && Series.isSame(read(number), written)) {
                left.clear(number);
                metrics.dropped(sourceOf(number), Reason.DUPLICATE, 1);
            }
        }
    }

    /// Writes what is left, without a head.
    void writeTo(OutputStream out) throws IOException {
        var number = 0;
        for (var part : parts) {
            for (var i = 0; i < part.size(); ) {
                if (!left.get(number + i)) {
                    i++;
                    continue;
                }
                var from = part.from(i);
                var to = part.to(i++);
                while (i < part.size() && part.from(i) == to + 1 && left.get(number + i)) {
                    to = part.to(i++);
                }
                out.write(part.text(), from, to + 1 - from);
            }
            number += part.size();
        }
    }

    private void insert(int number, int hash, Source source) {
        var slot = slot(hash);
        for (; slots[slot] != 0; slot = slot + 1 & slots.length - 1) {
            var other = slots[slot] - 1;
            if (hashes[other] == hash && isSame(other, number)) {
                metrics.dropped(source, Reason.DUPLICATE, 1);
                return;
            }
        }
        hashes[number] = hash;
        slots[slot] = number + 1;
        left.set(number);
    }

    private boolean isSame(int first, int second) {
        readInto(held, second);
        readInto(other, first);
        return isAlone ? other.isWrittenLike(held) : Series.isSame(other, held);
    }

    private int seriesHash(Family part, int i) {
        held.read(part.text(), part.from(i), part.to(i));
        return Series.hash(held);
    }

    private SampleLine read(int number) {
        readInto(held, number);
        return held;
    }

    private void readInto(SampleLine line, int number) {
        var part = partOf(number);
        var i = number - firstOf(part);
        line.read(part.text(), part.from(i), part.to(i));
    }

    private Source sourceOf(int number) {
        return partOf(number).source();
    }

    private Family partOf(int number) {
        var first = 0;
        for (var part : parts) {
            if (number < first + part.size()) {
                return part;
            }
            first += part.size();
        }
        throw new IllegalStateException("no sample " + number + " in " + name);
    }

    private int firstOf(Family wanted) {
        var first = 0;
        for (var part : parts) {
            if (part == wanted) {
                return first;
            }
            first += part.size();
        }
        throw new IllegalStateException("no such part of " + name);
    }

    private int slot(int hash) {
        return hash & slots.length - 1;
    }
}
