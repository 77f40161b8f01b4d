package dev.outrigger.agent.cgroup;

import java.util.OptionalDouble;
import java.util.OptionalLong;

/// What is left for Envoy of the limits of the control group that it shares with the agent.
public final class EnvoyShare {
    /// The agent is idle but for pushes and scrapes.
    private static final double AGENT_CPUS = 0.1;

    /// Its heap, the classes and code it maps, and room for a large push.
    private static final long AGENT_BYTES = 160L << 20;

    private EnvoyShare() {}

    /// Worker threads: as many as there is CPU time for; at least one.
    ///
    /// @return 0 without a limit
    public static int threads(OptionalDouble cpus) {
        return cpus.isEmpty() ? 0 : (int) Math.max(1, Math.ceil(cpus.getAsDouble() - AGENT_CPUS));
    }

    /// Bytes of heap: the limit without 160 MiB, but at least half of it.
    ///
    /// @return empty without a limit
    public static OptionalLong heap(OptionalLong memory) {
        if (memory.isEmpty()) {
            return memory;
        }
        var limit = memory.getAsLong();
        return OptionalLong.of(Math.max(1, limit - Math.min(AGENT_BYTES, limit / 2)));
    }
}
