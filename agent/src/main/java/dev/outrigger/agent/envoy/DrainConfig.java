package dev.outrigger.agent.envoy;

import java.time.Duration;

/// How long a drain may take.
///
/// @param min at least so long
/// @param quiet after `min`, it ends once nothing was in flight and nothing came for so long
/// @param max at most so long
public record DrainConfig(Duration min, Duration quiet, Duration max) {}
