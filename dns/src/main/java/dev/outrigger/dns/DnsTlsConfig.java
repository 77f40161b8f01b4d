package dev.outrigger.dns;

import java.nio.file.Path;
import java.util.Optional;

/// How nameservers are asked over TLS.
///
/// @param mode whether, and whether it must succeed
/// @param serverName name their certificates must carry; empty for the address itself
/// @param roots PEM file of who may sign those; empty for the system's roots
/// @param port where they answer over TLS when `resolv.conf` named them, commonly 853
public record DnsTlsConfig(Mode mode, String serverName, Optional<Path> roots, int port) {
    /// Never.
    public static final DnsTlsConfig OFF = new DnsTlsConfig(Mode.OFF, "", Optional.empty(), 853);

    /// Whether TLS is used (RFC 8310).
    public enum Mode {
        /// Never.
        OFF,
        /// When the server offers it, whoever it says it is; plain otherwise.
        OPPORTUNISTIC,
        /// Always, with a certificate that is checked; no answer otherwise.
        STRICT
    }

    boolean isVerified() {
        return mode == Mode.STRICT;
    }
}
