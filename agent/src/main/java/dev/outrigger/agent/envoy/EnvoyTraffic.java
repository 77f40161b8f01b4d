package dev.outrigger.agent.envoy;

import java.util.Set;
import java.util.regex.Pattern;

/// What Envoy is doing for others at one moment, from its statistics. The agent's own listeners and the admin
/// interface are left out.
///
/// @param requests HTTP requests in flight
/// @param connections open TCP connections that do not carry HTTP
/// @param total requests and connections since Envoy's start; moves whenever there was work
record EnvoyTraffic(long requests, long connections, long total) {
    /// Asks for the counters that {@link #parse} reads.
    static final String QUERY =
            "/stats?usedonly&filter=" + "^(listener|http)\\..*\\.downstream_(cx_active|rq_active|rq_total|cx_total)$";

    private static final Pattern LINE =
            Pattern.compile("(listener|http)\\.(.+)\\.downstream_(cx|rq)_(active|total): (\\d+)");

    /// Reads Envoy's text form of its statistics.
    ///
    /// @param ours listeners' and connection managers' names to leave out
    static EnvoyTraffic parse(String stats, Set<String> ours) {
        var requests = 0L;
        var sockets = 0L;
        var http = 0L;
        var total = 0L;
        for (var line : stats.split("\n", -1)) {
            var match = LINE.matcher(line.strip());
            if (!match.matches()
                    || ours.contains(match.group(2))
                    || match.group(2).contains(".worker_")) {
                continue;
            }
            var value = Long.parseLong(match.group(5));
            var isActive = match.group(4).equals("active");
            var isHttp = match.group(1).equals("http");
            if (!isActive) {
                total += value;
            } else if (match.group(3).equals("rq")) {
                requests += value;
            } else if (isHttp) {
                http += value;
            } else {
                sockets += value;
            }
        }
        return new EnvoyTraffic(requests, Math.max(0, sockets - http), total);
    }

    /// Whether nobody would notice if Envoy were gone now.
    boolean isIdle() {
        return requests == 0 && connections == 0;
    }
}
