package dev.outrigger.agent.envoy;

import java.time.Instant;
import java.util.Optional;

/// How far a drain is.
///
/// @param since when it began
/// @param by what asked for it
/// @param waitsFor what is in flight
/// @param ended how it ended; empty while it goes on
public record DrainStatus(Instant since, String by, String waitsFor, Optional<String> ended) {}
