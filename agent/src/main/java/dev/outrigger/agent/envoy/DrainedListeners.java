package dev.outrigger.agent.envoy;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/// Which of Envoy's listeners a drain is for, by the names of their statistics.
///
/// Envoy drains by `traffic_direction` (see `/drain_listeners?inboundonly` in its documentation); a listener
/// without one is drained only with all.
///
/// @param all whether all are drained
/// @param spared names of those that are not
record DrainedListeners(boolean all, Set<String> spared) {
    /// Asks for what {@link #parse} reads, and nothing that grows with filters and routes.
    static final String QUERY = "/config_dump?resource=dynamic_listeners&mask=name,"
            + "active_state.listener.name,active_state.listener.address,active_state.listener.stat_prefix,"
            + "active_state.listener.internal_listener,active_state.listener.traffic_direction";

    private static final int LONGEST = 64 << 20;

    DrainedListeners {
        spared = Set.copyOf(spared);
    }

    /// Reads a part of Envoy's config dump.
    ///
    /// @throws org.snakeyaml.engine.v2.exceptions.YamlEngineException when it is no JSON
    static DrainedListeners parse(String json, DrainConfig.Listeners wanted) {
        if (wanted == DrainConfig.Listeners.ALL) {
            return new DrainedListeners(true, Set.of());
        }
        var spared = new HashSet<String>();
        var isDirected = false;
        var settings = LoadSettings.builder().setCodePointLimit(LONGEST).build();
        if (new Load(settings).loadFromString(json) instanceof Map<?, ?> dump
                && dump.get("configs") instanceof Iterable<?> configs) {
            for (var config : configs) {
                var listener = map(map(map(config).get("active_state")).get("listener"));
                var direction = listener.get("traffic_direction");
                isDirected |= direction != null;
                if (!"INBOUND".equals(direction)) {
                    spared.add(statistics(listener));
                }
            }
        }
        return wanted == DrainConfig.Listeners.AUTO && !isDirected
                ? new DrainedListeners(true, Set.of())
                : new DrainedListeners(false, spared);
    }

    /// Whether the listener whose statistics have this name is drained. One that is not known is: it came later.
    boolean isDrained(String name) {
        return !spared.contains(name);
    }

    private static String statistics(Map<?, ?> listener) {
        if (listener.get("stat_prefix") instanceof String prefix && !prefix.isEmpty()) {
            return prefix;
        }
        if (listener.containsKey("internal_listener")) {
            return "envoy_internal_" + listener.get("name");
        }
        var address = map(listener.get("address"));
        if (address.get("socket_address") instanceof Map<?, ?> socket) {
            var host = String.valueOf(socket.get("address"));
            var port = String.valueOf(socket.get("port_value"));
            return ((host.contains(":") ? "[" + host + "]" : host) + ":" + port).replace(':', '_');
        }
        return String.valueOf(map(address.get("pipe")).get("path")).replace(':', '_');
    }

    private static Map<?, ?> map(@Nullable Object value) {
        return value instanceof Map<?, ?> map ? map : Map.of();
    }
}
