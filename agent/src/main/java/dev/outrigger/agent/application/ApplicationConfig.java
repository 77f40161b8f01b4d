package dev.outrigger.agent.application;

import java.time.Duration;

/// Limits of the application under `run -- COMMAND`.
///
/// @param patience how long it may take until everything is ready for it; zero: it is not waited for
/// @param stop how long it may take to end after SIGTERM
public record ApplicationConfig(Duration patience, Duration stop) {}
