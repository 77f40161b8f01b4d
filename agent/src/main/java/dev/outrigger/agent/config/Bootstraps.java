package dev.outrigger.agent.config;

import dev.outrigger.bootstrap.EnvoyBootstrap;
import dev.outrigger.bootstrap.GrpcBootstrap;
import java.nio.file.Path;

/// What the agent's clients read when they start.
///
/// @param envoy Envoy's
/// @param grpc a proxyless gRPC client's or server's
/// @param grpcFile where that is written
public record Bootstraps(EnvoyBootstrap envoy, GrpcBootstrap grpc, Path grpcFile) {}
