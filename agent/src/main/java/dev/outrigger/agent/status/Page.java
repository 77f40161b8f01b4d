package dev.outrigger.agent.status;

import dev.outrigger.bootstrap.Json;

/// One answer in two forms.
///
/// @param status HTTP status
/// @param text for humans, lines
/// @param json the same for programs
public record Page(int status, String text, Json json) {}
