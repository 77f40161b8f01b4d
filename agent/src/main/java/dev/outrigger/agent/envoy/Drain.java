package dev.outrigger.agent.envoy;

import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import dev.outrigger.agent.http.LocalHttp;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Set;

/// One drain of one Envoy. New connections stay welcome until the end, since whoever sends them may not know yet that
/// this workload is leaving: `skip_exit` keeps the listeners open, and answers tell clients to come back elsewhere.
final class Drain {
    private static final System.Logger log = System.getLogger(Drain.class.getName());
    private static final Duration PACE = Duration.ofMillis(50);
    private static final String START = "/drain_listeners?inboundonly&graceful&skip_exit";

    /// What Envoy counts under these names is asked by the agent itself, or by whoever probes and scrapes.
    private static final Set<String> OURS = Set.of("admin", "admin.main_thread", "readiness", "stats");

    private final LocalHttp admin;
    private final DrainConfig limits;
    private final InstantSource clock;

    Drain(LocalHttp admin, DrainConfig limits, InstantSource clock) {
        this.admin = admin;
        this.limits = limits;
        this.clock = clock;
    }

    void run(EnvoyProcess process) throws InterruptedException {
        var started = clock.instant();
        try {
            admin.ask("POST", START);
            var outcome = await(process, started);
            log.log(
                    INFO,
                    "Envoy drained after_ms={0}: {1}",
                    Long.toString(Duration.between(started, clock.instant()).toMillis()),
                    outcome);
        } catch (IOException e) {
            log.log(WARNING, "Envoy cannot be drained, stopping it now: {0}", e.getMessage());
        }
    }

    private String await(EnvoyProcess process, Instant started) throws InterruptedException, IOException {
        var busyUntil = started;
        var total = -1L;
        while (true) {
            var traffic =
                    EnvoyTraffic.parse(admin.ask("GET", EnvoyTraffic.QUERY).body(), OURS);
            var now = clock.instant();
            if (!traffic.isIdle() || (total >= 0 && traffic.total() != total)) {
                busyUntil = now;
            }
            total = traffic.total();
            var elapsed = Duration.between(started, now);
            if (elapsed.compareTo(limits.max()) >= 0) {
                return "limit reached with " + traffic.requests() + " requests and " + traffic.connections()
                        + " connections left";
            }
            if (elapsed.compareTo(limits.min()) >= 0
                    && Duration.between(busyUntil, now).compareTo(limits.quiet()) >= 0) {
                return "nothing is in flight";
            }
            if (process.await(PACE).isPresent()) {
                return "Envoy ended by itself";
            }
        }
    }
}
