package dev.outrigger.dns;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// What can be answered at one moment. Immutable.
///
/// @param pushed the table that came last
/// @param table the same with the static names, which win
/// @param receivedAt when it came; null while none has come
/// @param awaited a table is expected and has not come yet
/// @param waits while it is awaited, queries for names of the mesh wait for it
record Names(NameTable pushed, NameTable table, @Nullable Instant receivedAt, boolean awaited, boolean waits) {}
