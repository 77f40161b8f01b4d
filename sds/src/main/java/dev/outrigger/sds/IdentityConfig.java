package dev.outrigger.sds;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/// Where the identity comes from.
public sealed interface IdentityConfig {
    /// A SPIFFE Workload API, for example SPIRE's agent.
    ///
    /// @param socket its Unix socket; may appear later, is never created or deleted by us
    record WorkloadApi(Path socket) implements IdentityConfig {}

    /// A certificate authority inside this process, for development only.
    ///
    /// @param spiffeId whom to issue for
    /// @param lifetime of one SVID, at least two seconds; renewed at about half
    /// @param dir keeps the root across restarts and may be shared by several agents; without it the root lives and
    ///     dies with the process
    record DevCa(String spiffeId, Duration lifetime, Optional<Path> dir) implements IdentityConfig {}

    /// No identity; nothing is ever published.
    record None() implements IdentityConfig {}
}
