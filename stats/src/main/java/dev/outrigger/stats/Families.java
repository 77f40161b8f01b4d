package dev.outrigger.stats;

import dev.outrigger.stats.StatsMetrics.Reason;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Decides which family each name belongs to, so that every family is written once. One thread.
///
/// Envoy's families come while others are already being written, and win; of the rest, who came first. A
/// histogram `x` owns the names `x_bucket`, `x_sum` and `x_count` too: a counter `x_count` of another source is a
/// conflict. In OpenMetrics a counter `x_total` is the family `x`; where a gauge `x` waits to be written, the
/// counter is shown as of an unknown type, so that both can be there.
final class Families {
    private static final int MOST_OF_ENVOY = 20_000;

    private final Format format;
    private final StatsMetrics metrics;
    private final SampleLine held = new SampleLine();
    private final SampleLine other = new SampleLine();
    private final Map<String, JoinedFamily> waiting = new LinkedHashMap<>();
    private final Set<String> written = new HashSet<>();
    /// Name of a sample to the family that owns it.
    private final Map<String, String> owners = new HashMap<>();

    Families(Format format, StatsMetrics metrics) {
        this.format = format;
        this.metrics = metrics;
    }

    /// Adds what a source has; whose type counts is settled when the family is written.
    void add(Collection<Family> families) {
        families.forEach(this::add);
    }

    /// Envoy begins a family: it is written now.
    ///
    /// @return what waits to be written with it, perhaps nothing; null when the name was already written
    @Nullable
    JoinedFamily begin(String name, @Nullable MetricType type) throws SourceException {
        if (written.size() == MOST_OF_ENVOY) {
            throw new SourceException("more than " + MOST_OF_ENVOY + " families");
        }
        var isDemoted = isNameWaiting(name, type);
        var shown = isDemoted ? MetricType.UNTYPED : type;
        var names = names(name, shown);
        if (isTaken(names)) {
            return null;
        }
        demoteOwner(name);
        for (var owned : names) {
            var owner = owners.get(owned);
            if (owner != null && !owner.equals(name)) {
                dropWaiting(owner);
            }
        }
        written.add(name);
        own(name, names);
        var same = waiting.remove(name);
        var joined = same == null ? new JoinedFamily(name, metrics, held, other) : same;
        joined.settle(type, true);
        if (isDemoted) {
            joined.demote();
        }
        return joined;
    }

    /// Writes all that Envoy did not have.
    void writeRest(OutputStream out) throws IOException {
        for (var rest = waiting.values().iterator(); rest.hasNext(); rest.remove()) {
            var family = rest.next();
            family.settle(null, false);
            family.head().writeTo(out, format);
            family.writeTo(out);
        }
        Head.writeEnd(out, format);
    }

    private void add(Family family) {
        var name = family.name();
        demoteOwner(name);
        var isDemoted = isNameWaiting(name, family.type());
        if (isOwned(name, isDemoted ? MetricType.UNTYPED : family.type()) || written.contains(name)) {
            metrics.dropped(family.source(), Reason.CONFLICT, family.size());
            return;
        }
        var joined = waiting.computeIfAbsent(name, _ -> new JoinedFamily(name, metrics, held, other));
        joined.add(family);
        if (isDemoted) {
            joined.demote();
        }
        own(name, names(name, isDemoted ? MetricType.UNTYPED : family.type()));
    }

    /// Whether a counter `x_total` meets a family `x`.
    private boolean isNameWaiting(String name, @Nullable MetricType type) {
        var openName = MetricType.openName(name, type);
        return format.isOpenMetrics() && !openName.equals(name) && waiting.containsKey(openName);
    }

    /// Whether a family `x` meets a counter `x_total` that is not written yet.
    private void demoteOwner(String name) {
        var owner = owners.get(name);
        if (format.isOpenMetrics() && owner != null && !owner.equals(name) && owner.startsWith(name)) {
            var counter = waiting.get(owner);
            if (counter != null && owner.equals(MetricType.nameOfOpen(name, MetricType.COUNTER))) {
                counter.demote();
                owners.remove(name);
            }
        }
    }

    private Collection<String> names(String name, @Nullable MetricType type) {
        return MetricType.names(name, type, format.isOpenMetrics());
    }

    private boolean isOwned(String name, @Nullable MetricType type) {
        return names(name, type).stream().map(owners::get).anyMatch(owner -> owner != null && !owner.equals(name));
    }

    private boolean isTaken(Collection<String> names) {
        for (var owned : names) {
            var owner = owners.get(owned);
            if (owner != null && written.contains(owner)) {
                return true;
            }
        }
        return false;
    }

    private void own(String name, Collection<String> names) {
        names.forEach(owned -> owners.put(owned, name));
    }

    private void dropWaiting(String name) {
        var dropped = waiting.remove(name);
        if (dropped != null) {
            dropped.drop(Reason.CONFLICT);
            owners.values().removeIf(name::equals);
        }
    }
}
