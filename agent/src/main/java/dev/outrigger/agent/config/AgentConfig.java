package dev.outrigger.agent.config;

import dev.outrigger.agent.application.ApplicationConfig;
import dev.outrigger.agent.crash.CrashConfig;
import dev.outrigger.agent.envoy.DrainConfig;
import dev.outrigger.agent.envoy.EnvoyConfig;
import dev.outrigger.agent.notify.NotifyConfig;
import dev.outrigger.agent.status.StatusConfig;
import dev.outrigger.dns.DnsConfig;
import dev.outrigger.sds.IdentityConfig;
import dev.outrigger.sds.SdsConfig;
import dev.outrigger.stats.OtlpConfig;
import dev.outrigger.stats.StatsConfig;
import dev.outrigger.xds.XdsConfig;
import java.nio.file.Path;
import java.util.Optional;

/// Everything the agent is told, as values. Each module owns its record; this is the tree.
///
/// @param workDir folder for generated files
/// @param log level and form of records
/// @param status probes and scrapes
/// @param health what readiness is made of
/// @param identity where certificates come from
/// @param sds how they are served
/// @param credentials files in which they are kept
/// @param xds the relay
/// @param nameTable whether the control plane is asked for names
/// @param dns the DNS proxy; empty when it is off
/// @param stats what the scrape merges
/// @param otlp where metrics are sent to; empty when they are not
/// @param envoy how Envoy is run; empty when it is not
/// @param crash what is kept of its crashes
/// @param application limits of the application under `run -- COMMAND`
/// @param bootstraps what Envoy and gRPC clients read
/// @param drain limits of the drain
/// @param serviceManager who wants to be told how the agent is; empty when nobody does
public record AgentConfig(
        Path workDir,
        LogConfig log,
        StatusConfig status,
        HealthConfig health,
        IdentityConfig identity,
        SdsConfig sds,
        CredentialsConfig credentials,
        XdsConfig xds,
        boolean nameTable,
        Optional<DnsConfig> dns,
        StatsConfig stats,
        Optional<OtlpConfig> otlp,
        Optional<EnvoyConfig> envoy,
        CrashConfig crash,
        ApplicationConfig application,
        Bootstraps bootstraps,
        DrainConfig drain,
        Optional<NotifyConfig> serviceManager) {}
