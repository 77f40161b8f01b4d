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
/// conflict.
final class Families {
    private static final int MOST_OF_ENVOY = 20_000;

    private final StatsMetrics metrics;
    private final SampleLine held = new SampleLine();
    private final SampleLine other = new SampleLine();
    private final Map<String, JoinedFamily> waiting = new LinkedHashMap<>();
    private final Set<String> written = new HashSet<>();
    /// Name of a sample to the family that owns it.
    private final Map<String, String> owners = new HashMap<>();

    Families(StatsMetrics metrics) {
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
        if (isTaken(name, type)) {
            return null;
        }
        for (var suffix : MetricType.suffixes(type)) {
            var owner = owners.get(name + suffix);
            if (owner != null && !owner.equals(name)) {
                dropWaiting(owner);
            }
        }
        written.add(name);
        own(name, type);
        var same = waiting.remove(name);
        var joined = same == null ? new JoinedFamily(name, metrics, held, other) : same;
        joined.settle(type);
        return joined;
    }

    /// Writes all that Envoy did not have.
    void writeRest(OutputStream out) throws IOException {
        for (var rest = waiting.values().iterator(); rest.hasNext(); rest.remove()) {
            var family = rest.next();
            family.settle(null);
            JoinedFamily.writeHead(out, family.name(), family.type(), family.help());
            family.writeTo(out);
        }
    }

    private void add(Family family) {
        if (isOwned(family) || written.contains(family.name())) {
            metrics.dropped(family.source(), Reason.CONFLICT, family.size());
            return;
        }
        waiting.computeIfAbsent(family.name(), name -> new JoinedFamily(name, metrics, held, other))
                .add(family);
        own(family.name(), family.type());
    }

    private boolean isOwned(Family family) {
        return MetricType.suffixes(family.type()).stream()
                .map(suffix -> owners.get(family.name() + suffix))
                .anyMatch(owner -> owner != null && !owner.equals(family.name()));
    }

    private boolean isTaken(String name, @Nullable MetricType type) {
        return MetricType.suffixes(type).stream()
                .map(suffix -> owners.get(name + suffix))
                .anyMatch(owner -> owner != null && written.contains(owner));
    }

    private void own(String name, @Nullable MetricType type) {
        MetricType.suffixes(type).forEach(suffix -> owners.put(name + suffix, name));
    }

    private void dropWaiting(String name) {
        var dropped = waiting.remove(name);
        if (dropped != null) {
            dropped.drop(Reason.CONFLICT);
            owners.values().removeIf(name::equals);
        }
    }
}
