package dev.outrigger.agent.envoy;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/// What Envoy is doing for others at one moment, from its statistics. The agent's own listeners and the admin
/// interface are left out.
///
/// Source: Envoy's documentation, statistics of listeners (`listener.<address or
/// stat_prefix>.downstream_cx_active`) and of connection managers (`http.<stat_prefix>.downstream_rq_active`, and
/// `listener.<…>.http.<stat_prefix>.…`, which tells whose a connection manager is).
///
/// @param requests HTTP requests in flight on drained listeners
/// @param connections open TCP connections on drained listeners that do not carry HTTP; an idle HTTP connection
///     is missed by nobody
/// @param total requests and connections on drained listeners since Envoy's start; moves whenever there was work
/// @param outbound HTTP requests in flight on the other listeners
/// @param outboundTotal as `total`, of the other listeners
record EnvoyTraffic(long requests, long connections, long total, long outbound, long outboundTotal) {
    /// Asks for the statistics that {@link #parse} reads.
    static final String QUERY = "/stats?usedonly&filter="
            + "^((listener|http)\\..*\\.downstream_(cx_active|rq_active|rq_total|cx_total)|listener\\..*\\.http\\..*\\.downstream_rq_completed)$";

    /// What Envoy counts under these names is asked by the agent itself, or by whoever probes and scrapes.
    static final Set<String> OURS = Set.of("admin", "admin.main_thread", "readiness", "stats");

    private static final Pattern LINE =
            Pattern.compile("(listener|http)\\.(.+)\\.downstream_(cx|rq)_(active|total): (\\d+)");
    private static final Pattern MANAGER =
            Pattern.compile("listener\\.(.+?)\\.http\\.(.+)\\.downstream_rq_completed: \\d+");

    /// Reads Envoy's text form of its statistics.
    ///
    /// @param listeners which are drained
    static EnvoyTraffic parse(String stats, DrainedListeners listeners) {
        var outboundManagers = outboundManagers(stats, listeners);
        var requests = 0L;
        var sockets = 0L;
        var http = 0L;
        var total = 0L;
        var outbound = 0L;
        var outboundTotal = 0L;
        for (var line : stats.split("\n", -1)) {
            var match = LINE.matcher(line.strip());
            if (!match.matches() || isOurs(match.group(2))) {
                continue;
            }
            var value = Long.parseLong(match.group(5));
            var isActive = match.group(4).equals("active");
            var isHttp = match.group(1).equals("http");
            var isRequests = match.group(3).equals("rq");
            if (isHttp ? outboundManagers.contains(match.group(2)) : !listeners.isDrained(match.group(2))) {
                outbound += isActive && isRequests ? value : 0;
                outboundTotal += isActive ? 0 : value;
            } else if (!isActive) {
                total += value;
            } else if (isRequests) {
                requests += value;
            } else if (isHttp) {
                http += value;
            } else {
                sockets += value;
            }
        }
        return new EnvoyTraffic(requests, Math.max(0, sockets - http), total, outbound, outboundTotal);
    }

    private static boolean isOurs(String name) {
        return OURS.contains(name) || name.contains(".worker_");
    }

    /// Connection managers that only listeners outside of the drain have. One that no listener is known to have
    /// counts as drained: its first request may still be in flight.
    private static Set<String> outboundManagers(String stats, DrainedListeners listeners) {
        Map<String, Boolean> drained = new HashMap<>();
        for (var line : stats.split("\n", -1)) {
            var match = MANAGER.matcher(line.strip());
            if (match.matches()) {
                drained.merge(match.group(2), listeners.isDrained(match.group(1)), Boolean::logicalOr);
            }
        }
        var outbound = new HashSet<String>();
        drained.forEach((manager, isDrained) -> {
            if (!isDrained) {
                outbound.add(manager);
            }
        });
        return outbound;
    }

    /// What a drain waits for.
    long inFlight() {
        return requests + connections;
    }

    /// For humans.
    String describe() {
        return requests + " requests and " + connections + " TCP connections"
                + (outbound == 0 ? "" : " inbound and " + outbound + " requests outbound");
    }
}
