package dev.outrigger.agent.config;

import dev.outrigger.agent.log.LogFormat;

/// How records are written.
///
/// @param level least severe that is
/// @param format one line each, as text or JSON
/// @param startupTrace whether the steps of the start are written once it is over
public record LogConfig(System.Logger.Level level, LogFormat format, boolean startupTrace) {}
