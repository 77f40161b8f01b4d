package dev.outrigger.agent.runtime;

import static java.lang.System.Logger.Level.DEBUG;
import static java.lang.System.Logger.Level.WARNING;

import dev.outrigger.health.Condition;
import dev.outrigger.xds.XdsObserver;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// Tells the log what Envoy says to what the control plane pushes, and the health board what Envoy refuses, with
/// its own words, until it accepts a push of that type. Any thread of the relay.
final class Refusals implements XdsObserver {
    private static final System.Logger log = System.getLogger(Refusals.class.getName());
    private static final int LONGEST = 500;

    private final Condition condition;
    private final Map<Key, String> refused = new TreeMap<>(); // guarded by this

    private record Key(long stream, String typeUrl) implements Comparable<Key> {
        @Override
        public int compareTo(Key other) {
            var byType = typeUrl.compareTo(other.typeUrl);
            return byType == 0 ? Long.compare(stream, other.stream) : byType;
        }
    }

    /// @param condition met while nothing is refused
    Refusals(Condition condition) {
        this.condition = condition;
        condition.met("nothing is refused");
    }

    @Override
    public void acked(long stream, String typeUrl, String version) {
        log.log(DEBUG, "push accepted stream={0} type={1} version={2}", Long.toString(stream), typeUrl, version);
        clear(new Key(stream, typeUrl));
    }

    @Override
    public void nacked(long stream, String typeUrl, String version, String message) {
        log.log(
                WARNING,
                "push refused stream={0} type={1} version={2}: {3}",
                Long.toString(stream),
                typeUrl,
                version,
                message.strip());
        var text = message.strip().replaceAll("\\s+", " ");
        var reason = typeUrl.substring(typeUrl.lastIndexOf('.') + 1) + ": "
                + text.substring(0, Math.min(text.length(), LONGEST));
        synchronized (this) {
            refused.put(new Key(stream, typeUrl), reason);
            report();
        }
    }

    @Override
    public void streamClosed(long stream) {
        synchronized (this) {
            if (refused.keySet().removeIf(key -> key.stream() == stream)) {
                report();
            }
        }
    }

    private synchronized void clear(Key key) {
        if (refused.remove(key) != null) {
            report();
        }
    }

    private synchronized void report() {
        if (refused.isEmpty()) {
            condition.met("nothing is refused");
        } else {
            condition.unmet(
                    "Envoy refuses " + refused.values().stream().distinct().collect(Collectors.joining("; "))
                            + "; the last good configuration stays");
        }
    }
}
