package dev.outrigger.stats;

import dev.outrigger.stats.StatsMetrics.Reason;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Decides which family each name belongs to, for answers in protobuf; the rules are those of {@link Families}.
/// One thread.
final class ProtoFamilies {
    private final StatsMetrics metrics;
    private final Budget.Lease lease;
    private final Map<String, List<ProtoFamily>> waiting = new LinkedHashMap<>();
    private final Set<String> written = new HashSet<>();
    private final Map<String, String> owners = new HashMap<>();

    ProtoFamilies(StatsMetrics metrics, Budget.Lease lease) {
        this.metrics = metrics;
        this.lease = lease;
    }

    void add(Collection<ProtoFamily> families) {
        for (var family : families) {
            if (isOwned(family.name(), family.type()) || written.contains(family.name())) {
                metrics.dropped(family.source(), Reason.CONFLICT, family.size());
            } else {
                waiting.computeIfAbsent(family.name(), _ -> new ArrayList<>()).add(family);
                own(family.name(), family.type());
            }
        }
    }

    /// Whether other sources have something under this name.
    boolean isWaiting(String name) {
        return waiting.containsKey(name);
    }

    /// Envoy's family of this name is written by someone else.
    ///
    /// @return false when it must not be, as the name was already written
    boolean begin(String name, @Nullable MetricType type) {
        for (var owned : MetricType.names(name, type, false)) {
            var owner = owners.get(owned);
            if (owner != null && written.contains(owner)) {
                return false;
            }
        }
        for (var owned : MetricType.names(name, type, false)) {
            var owner = owners.get(owned);
            if (owner != null && !owner.equals(name)) {
                drop(owner);
            }
        }
        written.add(name);
        own(name, type);
        return true;
    }

    /// Writes a family of Envoy with what waits under its name.
    void write(ProtoFamily envoy, OutputStream out) throws IOException {
        if (!begin(envoy.name(), envoy.type())) {
            metrics.dropped(envoy.source(), Reason.DUPLICATE, envoy.size());
            return;
        }
        var parts = new ArrayList<>(List.of(envoy));
        parts.addAll(waiting.getOrDefault(envoy.name(), List.of()));
        waiting.remove(envoy.name());
        write(parts, out);
    }

    /// Writes all that Envoy did not have.
    void writeRest(OutputStream out) throws IOException {
        for (var parts : waiting.values()) {
            write(parts, out);
        }
        waiting.clear();
    }

    private void write(List<ProtoFamily> parts, OutputStream out) throws IOException {
        var type = typeOf(parts);
        var first = parts.getFirst().head();
        var help = parts.stream()
                .map(part -> part.head().help())
                .filter(it -> !it.isEmpty())
                .findFirst()
                .orElse("");
        var head = ProtoFamily.head(new Head(first.name(), type, help, first.unit()), lease);
        var seen = new HashSet<Long>();
        var kept = new ArrayList<BitSet>();
        long length = head.size();
        for (var part : parts) {
            var left = new BitSet(part.size());
            kept.add(left);
            if (part.type() != null && part.type() != type) {
                metrics.dropped(part.source(), Reason.CONFLICT, part.size());
                continue;
            }
            for (var i = 0; i < part.size(); i++) {
                if (seen.add(part.hash(i))) {
                    left.set(i);
                    length += part.bytes(i);
                } else {
                    metrics.dropped(part.source(), Reason.DUPLICATE, 1);
                }
            }
        }
        Proto.varint(out, length);
        out.write(head.bytes(), 0, head.size());
        for (var p = 0; p < parts.size(); p++) {
            for (var i = kept.get(p).nextSetBit(0); i >= 0; i = kept.get(p).nextSetBit(i + 1)) {
                parts.get(p).write(i, out);
            }
        }
        lease.give(head.bytes().length);
    }

    private static @Nullable MetricType typeOf(List<ProtoFamily> parts) {
        for (var part : parts) {
            if (part.type() != null) {
                return part.type();
            }
        }
        return null;
    }

    private boolean isOwned(String name, @Nullable MetricType type) {
        return MetricType.names(name, type, false).stream()
                .map(owners::get)
                .anyMatch(owner -> owner != null && !owner.equals(name));
    }

    private void own(String name, @Nullable MetricType type) {
        MetricType.names(name, type, false).forEach(owned -> owners.put(owned, name));
    }

    private void drop(String name) {
        var dropped = waiting.remove(name);
        if (dropped != null) {
            dropped.forEach(part -> metrics.dropped(part.source(), Reason.CONFLICT, part.size()));
            owners.values().removeIf(name::equals);
        }
    }
}
