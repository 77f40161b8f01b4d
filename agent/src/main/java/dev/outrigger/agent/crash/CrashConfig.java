package dev.outrigger.agent.crash;

import java.nio.file.Path;

/// What is kept of crashes of Envoy.
///
/// @param folder gets one folder a crash
/// @param keep how many of them stay, the last ones; 0: none is written
public record CrashConfig(Path folder, int keep) {}
