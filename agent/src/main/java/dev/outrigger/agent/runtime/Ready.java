package dev.outrigger.agent.runtime;

import java.time.Duration;
import java.util.Optional;

/// The first moment of readiness.
///
/// @param sinceStart time since the agent was launched
/// @param envoy time from Envoy's start until it was ready; empty when the agent runs none
public record Ready(Duration sinceStart, Optional<Duration> envoy) {}
