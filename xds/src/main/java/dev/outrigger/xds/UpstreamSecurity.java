package dev.outrigger.xds;

import java.util.Optional;

/// How the connection to the control plane is protected.
public sealed interface UpstreamSecurity {
    /// No TLS. A token, if configured, travels in clear.
    record Plaintext() implements UpstreamSecurity {}

    /// TLS 1.2 or newer; a client certificate is presented when there is a {@link ClientIdentity}.
    ///
    /// @param roots who may vouch for the server
    /// @param serverName DNS name the server certificate must hold; the control plane's host when empty
    record Tls(Roots roots, Optional<String> serverName) implements UpstreamSecurity {}
}
