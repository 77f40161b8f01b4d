package dev.outrigger.xds;

import java.util.Optional;

/// How the connection to the control plane is protected.
public sealed interface UpstreamSecurity {
    /// No TLS. A token, if configured, travels in clear.
    record Plaintext() implements UpstreamSecurity {}

    /// TLS 1.2 or newer; a control plane that asks for a client certificate is shown that of the {@link
    /// ClientIdentity}, if there is one, and when it refuses that, is asked again without one: the token may do.
    ///
    /// @param roots who may vouch for the server
    /// @param serverName DNS name the server certificate must hold; the control plane's host when empty
    record Tls(Roots roots, Optional<String> serverName) implements UpstreamSecurity {}
}
