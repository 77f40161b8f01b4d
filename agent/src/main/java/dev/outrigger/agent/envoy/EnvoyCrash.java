package dev.outrigger.agent.envoy;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// An Envoy that ended without having been told to.
///
/// @param at when that was noticed
/// @param pid of it
/// @param exit how it ended
/// @param uptime how long it ran
/// @param readyAfter how long it took to become ready; empty when it never was
/// @param restarts of Envoy before it, since the agent's start
/// @param recent crashes within the window of the restart budget, this one included
/// @param lastLines its last log records; waits up to a second for those that are still in the pipe
public record EnvoyCrash(
        Instant at,
        long pid,
        EnvoyExit exit,
        Duration uptime,
        Optional<Duration> readyAfter,
        int restarts,
        int recent,
        Supplier<List<String>> lastLines) {}
