package dev.outrigger.agent.config;

import dev.outrigger.agent.probe.CheckConfig;
import dev.outrigger.agent.probe.Probe;
import dev.outrigger.health.GateRules;
import java.util.Map;
import java.util.Optional;

/// What readiness is made of.
///
/// @param gates which conditions gate
/// @param appProbes probes of the application that the platform may ask for, by path
/// @param check how the agent itself watches the application; empty when it does not
public record HealthConfig(GateRules gates, Map<String, Probe> appProbes, Optional<CheckConfig> check) {
    /// Copies the map.
    public HealthConfig {
        appProbes = Map.copyOf(appProbes);
    }
}
