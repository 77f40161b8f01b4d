package dev.outrigger.health;

/// What an unmet condition does to readiness.
public enum Gate {
    /// The workload is not ready while the condition is unmet.
    READINESS,
    /// The condition is shown with its reason and changes nothing.
    INFORMATION
}
