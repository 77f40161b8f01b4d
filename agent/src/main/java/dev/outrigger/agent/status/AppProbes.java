package dev.outrigger.agent.status;

import dev.outrigger.agent.probe.Probe;
import dev.outrigger.agent.probe.Prober;
import java.time.Duration;
import java.util.Map;
import java.util.Map.Entry;
import java.util.Optional;
import java.util.TreeSet;

/// The application's probes that the platform asks the agent for, as Envoy would not let it through to the
/// application. Only those that are configured can be reached.
public final class AppProbes {
    /// What the connection may take beyond the probe itself.
    private static final Duration MARGIN = Duration.ofSeconds(5);

    private final Map<String, Probe> probes;
    private final Prober prober;

    /// @param probes by path, `/app-health/<container>/<readyz|livez|startupz>`
    public AppProbes(Map<String, Probe> probes, Prober prober) {
        this.probes = Map.copyOf(probes);
        this.prober = prober;
    }

    /// One that can be asked for.
    record Configured(Probe probe, Prober prober) {
        Duration limit() {
            return probe.timeout().plus(MARGIN);
        }

        Reply run(Head head) {
            var result = prober.run(probe, head.headers());
            return Reply.text(result.status(), result.body());
        }
    }

    Optional<Configured> find(String path) {
        return Optional.ofNullable(probes.get(path)).map(probe -> new Configured(probe, prober));
    }

    String unknown(String path) {
        var known = new TreeSet<>(probes.entrySet().stream().map(Entry::getKey).toList());
        return "no probe is configured for " + path + "; "
                + (known.isEmpty() ? "none is, see app-probes" : "there are " + String.join(", ", known)) + "\n";
    }
}
