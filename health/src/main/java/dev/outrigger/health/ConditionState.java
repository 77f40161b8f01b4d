package dev.outrigger.health;

import java.time.Instant;

/// What one condition said last.
///
/// @param name short and stable, for example `xds`
/// @param gate whether it decides readiness
/// @param met whether it holds
/// @param reason why it does or does not hold, one line for a human; never empty while unmet
/// @param since when `met` last changed (a new reason alone does not move it)
public record ConditionState(String name, Gate gate, boolean met, String reason, Instant since) {
    /// Whether this condition alone keeps the workload from being ready.
    public boolean blocks() {
        return !met && gate == Gate.READINESS;
    }
}
