package dev.outrigger.sds;

import java.nio.file.Path;

/// How secrets are served.
///
/// @param socket the Unix socket to listen on, in a folder whose path is at most 80 bytes long; its directory is made
/// if absent
/// @param socketPermissions in the form `rw-------`; whoever may connect may read the private key
/// @param certificateName the resource that carries chain and key; `default` by convention
/// @param rootName the resource that carries the trust bundle; `ROOTCA` by convention
public record SdsConfig(Path socket, String socketPermissions, String certificateName, String rootName) {
    /// The conventional names, for the owner only.
    public SdsConfig(Path socket) {
        this(socket, "rw-------", "default", "ROOTCA");
    }
}
